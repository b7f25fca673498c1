"""Slurm of this machine alone, for a test: munged, slurmctld and slurmd of Debian's packages in a folder of their own."""
import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time

PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel"]


def missing():
    """Why it cannot run here; None when it can."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    lacking = [program for program in PROGRAMS if not shutil.which(program, path=path)]
    if lacking:
        return "there is no " + ", ".join(lacking)
    return None if os.geteuid() == 0 else "slurmd runs jobs of root alone here, and this is not root"


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


class LocalSlurm:
    """A context: `environment` is for sbatch and the like."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        self.environment = dict(os.environ)
        self.environment["PATH"] += ":/usr/sbin:/sbin"

    def __enter__(self):
        try:
            return self.begin()
        except BaseException:
            self.end()
            raise

    def __exit__(self, *_):
        self.end()

    def begin(self):
        os.makedirs(self.folder, mode=0o755, exist_ok=True)
        for name in ["munge", "state", "spool"]:
            os.makedirs(os.path.join(self.folder, name), mode=0o755, exist_ok=True)
        key, munge = os.path.join(self.folder, "munge", "key"), os.path.join(self.folder, "munge", "socket")
        with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o400), "wb") as file:
            file.write(secrets.token_bytes(64))
        host = socket.gethostname().split(".")[0]
        controller, daemon = free_ports(2)
        configuration = os.path.join(self.folder, "slurm.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(f"""ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={daemon}
SlurmUser={getpass.getuser()}
SlurmdUser={getpass.getuser()}
AuthType=auth/munge
AuthInfo=socket={munge}
CredType=cred/munge
StateSaveLocation={self.folder}/state
SlurmdSpoolDir={self.folder}/spool
SlurmctldPidFile={self.folder}/slurmctld.pid
SlurmdPidFile={self.folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,batch_sched_delay=1,requeue_delay=1
JobRequeue=1
MinJobAge=300
ReturnToService=2
SlurmdTimeout=300
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs={os.cpu_count()} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES
""")
        self.environment["SLURM_CONF"] = configuration
        self.start(["munged", "--foreground", "--force", f"--key-file={key}", f"--socket={munge}",
                    f"--log-file={self.folder}/munge/log", f"--pid-file={self.folder}/munge/pid",
                    f"--seed-file={self.folder}/munge/seed"], "munged")
        self.wait(lambda: os.path.exists(munge), "munged")
        self.start(["slurmctld", "-D", "-f", configuration], "slurmctld")
        self.start(["slurmd", "-D", "-f", configuration], "slurmd")
        self.wait(lambda: "idle" in self.run("sinfo", "-h", "-o", "%t", check=False), "slurmd")
        return self

    def start(self, command, name):
        with open(os.path.join(self.folder, name + ".log"), "wb") as log:
            self.processes.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log))

    def wait(self, condition, what, seconds=120):
        end = time.monotonic() + seconds
        while not condition():
            if any(process.poll() is not None for process in self.processes) or time.monotonic() > end:
                logs = [open(os.path.join(self.folder, one), errors="replace").read()[-2000:]
                        for one in os.listdir(self.folder) if one.endswith(".log")]
                raise RuntimeError(f"{what} did not begin:\n" + "\n".join(logs))
            time.sleep(0.2)

    def run(self, *command, check=True):
        done = subprocess.run(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {done.stderr}")
        return done.stdout

    def idle(self):
        """Whether no job waits or runs."""
        return not self.run("squeue", "-h").strip()

    def end(self):
        if "SLURM_CONF" in self.environment and len(self.processes) > 1:
            self.run("scancel", "--state=PENDING", "--state=RUNNING", check=False)
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
