#!/usr/bin/env bash
# A SLURM cluster of one node, this machine, for tests; as root, with Debian's slurmctld, slurmd, munge, slurm-client.
# It claims six CPUs whatever there are: while elements of an array wait, scancel (22.05) delivers a signal to a running
# one and yet reports "Job can not be altered now", so that all jobs of the test must run at once.
#   one_node.sh start DIR    then, with SLURM_CONF=DIR/slurm.conf: sinfo, sbatch, …
#   one_node.sh stop DIR
set -euo pipefail
what=$1 dir=$2

start() {
    mkdir -p "$dir"/{state,spool,munge}
    chmod 700 "$dir/munge"
    dd if=/dev/urandom of="$dir/munge/key" bs=1 count=1024 status=none
    chmod 400 "$dir/munge/key"
    munged --force --socket="$dir/munge/socket" --key-file="$dir/munge/key" --pid-file="$dir/munge/pid" \
        --seed-file="$dir/munge/seed" --log-file="$dir/munge/log"
    node=$(hostname -s)
    memory=$(slurmd -C | sed -n 's/.*RealMemory=\([0-9]*\).*/\1/p')
    cat >"$dir/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket,cred_expire=10
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
MpiDefault=none
ReturnToService=2
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
SlurmctldPort=26817
SlurmdPort=26818
NodeName=$node NodeAddr=127.0.0.1 CPUs=6 RealMemory=$memory State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
    export SLURM_CONF="$dir/slurm.conf"
    slurmctld
    slurmd
    for _ in $(seq 60); do
        sinfo --noheader --format=%t 2>/dev/null | grep -q idle && return
        sleep 0.5
    done
    tail -n 20 "$dir"/*.log >&2
    return 1
}

stop() {
    export SLURM_CONF="$dir/slurm.conf"
    scancel --quiet --user=root 2>/dev/null || true
    sleep 1
    for daemon in slurmd slurmctld munge/; do
        pid="$dir/${daemon%/}"
        [ -d "$pid" ] && pid="$pid/pid" || pid="$pid.pid"
        [ -f "$pid" ] && kill "$(cat "$pid")" 2>/dev/null || true
    done
}

"$what"
