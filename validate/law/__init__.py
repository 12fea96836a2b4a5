"""One law for every filter and stride, exactly: `python -m validate.law`."""
