"""A cluster of Slurm on this machine: munged, slurmctld and several slurmd on loopback.

    with SlurmLab(folder, nodes=3, cpus=2) as lab:
        lab.call("sinfo")

Everything is in one folder, and nothing of the machine's own Slurm is read or changed. It needs
root, as slurmd does. Each daemon is a child of this process, and ends with it.
"""

import os
import shutil
import signal
import socket
import subprocess
import time

TOOLS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel", "sinfo")
DEADLINE_S = 120  # for what hangs; nothing waits so long


def missing():
    """Why there can be no cluster here; empty: there can be one."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        return f"no {', '.join(absent)} (scripts/install-deps cluster)"
    return "" if os.geteuid() == 0 else "slurmd needs root"


def wait_for(what, done):
    """Waits until done() is true, and returns what it returned."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        value = done()
        if value:
            return value
        time.sleep(0.05)
    raise TimeoutError(f"waited {DEADLINE_S} s for {what}")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class SlurmLab:
    def __init__(self, folder, nodes, cpus):
        self.folder, self.cpus = folder, cpus
        self.nodes = [f"n{i + 1}" for i in range(nodes)]
        self.daemons = []
        self.env = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for _, daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
        for _, daemon in reversed(self.daemons):
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def start(self):
        for name in ("state", "spool", "munge"):
            (self.folder / name).mkdir(parents=True)
        munge = self.folder / "munge"
        os.chmod(munge, 0o755)
        key = munge / "key"
        key.write_bytes(os.urandom(1024))
        os.chmod(key, 0o400)
        self.write_conf(munge / "socket")
        self.daemon("munged", "munged", "--foreground", "--force", f"--key-file={key}",
                    f"--socket={munge / 'socket'}", f"--pid-file={munge / 'pid'}",
                    f"--seed-file={munge / 'seed'}", f"--log-file={munge / 'log'}")
        wait_for("munged", (munge / "socket").exists)
        self.daemon("slurmctld", "slurmctld", "-D")
        wait_for("slurmctld", lambda: self.call("scontrol", "ping", check=False).returncode == 0)
        for node in self.nodes:
            self.daemon(node, "slurmd", "-D", "-N", node)
        wait_for("idle nodes", lambda: self.states() == {n: "idle" for n in self.nodes})

    def write_conf(self, munge_socket):
        host = socket.gethostname().split(".")[0]
        control, *ports = free_ports(1 + len(self.nodes))
        f = self.folder
        lines = ["ClusterName=lab", f"SlurmctldHost={host}(127.0.0.1)", f"SlurmctldPort={control}",
                 "SlurmUser=root", "SlurmdUser=root", "AuthType=auth/munge",
                 f"AuthInfo=socket={munge_socket},cred_expire=5",
                 f"StateSaveLocation={f / 'state'}", f"SlurmdSpoolDir={f}/spool/%n",
                 f"SlurmctldPidFile={f}/ctld.pid",
                 f"SlurmdPidFile={f}/%n.pid", f"SlurmctldLogFile={f}/ctld.log",
                 f"SlurmdLogFile={f}/%n.log", "ProctrackType=proctrack/pgid",
                 "TaskPlugin=task/none", "SelectType=select/cons_tres",
                 "SelectTypeParameters=CR_Core", "ReturnToService=2", "MailProg=/bin/true",
                 "SchedulerParameters=batch_sched_delay=0,sched_interval=1",
                 "SwitchType=switch/none", "MpiDefault=none", "JobRequeue=1", "KillWait=5"]
        lines += [f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} "
                  f"CPUs={self.cpus} State=UNKNOWN" for node, port in zip(self.nodes, ports)]
        lines.append(f"PartitionName=all Nodes={','.join(self.nodes)} Default=YES State=UP")
        (f / "slurm.conf").write_text("\n".join(lines) + "\n", encoding="ascii")

    def daemon(self, name, *words):
        with open(self.folder / f"{name}.out", "wb") as out:
            self.daemons.append((name, subprocess.Popen(
                words, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=self.env)))

    def call(self, *words, check=True):
        return subprocess.run(words, env=self.env, check=check, capture_output=True, text=True)

    def states(self):
        """By node: its state, such as "idle" or "drained"."""
        done = self.call("sinfo", "-h", "-N", "-o", "%N %T", check=False)
        return dict(line.split() for line in done.stdout.splitlines() if len(line.split()) == 2)

    def logs(self):
        """The last lines of all daemons, for a failure."""
        texts = []
        for path in sorted([*self.folder.glob("*.log"), *self.folder.glob("*.out")]):
            tail = path.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
            texts.append("\n".join([f"--- {path.name}", *tail]))
        return "\n".join(texts)
