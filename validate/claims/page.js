"use strict";
const chosen = { verdict: "", section: "" };
const entries = [...document.querySelectorAll("article.entry")];
const status = document.getElementById("status");
function show() {
  let shown = 0;
  for (const entry of entries) {
    const kept = ["verdict", "section"].every((name) => !chosen[name] || entry.dataset[name] === chosen[name]);
    entry.hidden = !kept;
    shown += kept ? 1 : 0;
  }
  for (const section of document.querySelectorAll("section.claims")) {
    section.hidden = !section.querySelector("article.entry:not([hidden])");
  }
  status.textContent = shown + " of " + entries.length + " entries are shown";
}
function press(name, value) {
  chosen[name] = value;
  for (const button of document.querySelectorAll("button[data-" + name + "]")) {
    button.setAttribute("aria-pressed", String(button.dataset[name] === value));
  }
}
for (const name of ["verdict", "section"]) {
  for (const button of document.querySelectorAll(".filters button[data-" + name + "]")) {
    button.addEventListener("click", () => { press(name, button.dataset[name]); show(); });
  }
}
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      status.textContent = "copied: " + code.textContent;
      button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(code);
      status.textContent = "selected: " + code.textContent;
    }
  });
}
// a link leads to its entry even where a filter hides it, a second time as well, when the address does not change
function reveal(hash) {
  const target = document.getElementById(decodeURIComponent(hash.slice(1)));
  if (target && target.closest("[hidden]")) {
    press("verdict", "");
    press("section", "");
    show();
    target.scrollIntoView();
  }
}
addEventListener("hashchange", () => reveal(location.hash));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link) {
    reveal(link.getAttribute("href"));
  }
});
document.querySelector(".filters").hidden = false;
show();
reveal(location.hash);
