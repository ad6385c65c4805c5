#!/bin/sh
# scripts/record-cpuhp without a machine: its command line, and a recording of a small tree of files
# that stands in for /sys and /proc. Nothing happens there when it is written to.
#
#   tests/record_usage.sh build/cpuhp-sim
#
# Prints what differs; exit code 1 then.
set -u

binary=$(readlink -f "$1")
cd "$(dirname "$0")/.." || exit 1
script=scripts/record-cpuhp
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
complain() {
  echo "record_usage.sh: $*"
  failed=1
}

# expect CODE TEXT ARGUMENT...: the exit code, and a text in what is printed.
expect() {
  code=$1 text=$2
  shift 2
  sh "$script" "$@" >"$work/out" 2>&1 </dev/null
  got=$?
  [ "$got" -eq "$code" ] || complain "record-cpuhp $*: exit code $got, not $code"
  grep -q -F -e "$text" "$work/out" ||
    complain "record-cpuhp $*: \"$text\" is not in: $(head -n 3 "$work/out")"
}

for shell in sh bash 'busybox sh'; do
  command -v "${shell%% *}" >/dev/null || continue
  $shell -n "$script" || complain "$shell does not read the script"
done

expect 0 'Usage: record-cpuhp' --help
expect 2 'nothing done. With --yes-really'
expect 2 'take any CPUs offline and online, 7 operations' --session random --ops 7
expect 2 'unknown option --yes' --yes
expect 2 'unknown option --bogus' --yes-really --bogus
expect 2 'unexpected argument "rec.txt"' --yes-really rec.txt
expect 2 'no session "cycles"' --yes-really --session cycles
expect 2 '--cpu: expected a number, found "x"' --cpu x
expect 2 '--seed: expected a number, found "007"' --seed=007
expect 2 '--out needs a value' --out
expect 2 'play sessions.txt: write what it says' --play sessions.txt
expect 2 '--play nothing.txt: there is no such file' --yes-really --play nothing.txt

# refused LINE TEXT: a session file whose line after the first two is LINE.
refused() {
  printf '# cpuhp-sim session 1\nsession a\n%s\n' "$1" >"$work/sessions.txt"
  expect 2 "$work/sessions.txt:3: $2" --yes-really --play "$work/sessions.txt"
}
refused 'wrote cpu1/online 0' 'unknown statement "wrote", expected session, write, with, load or'
refused 'write cpu1/online' 'expected a value behind the path'
refused 'write /etc/passwd 0' 'expected a path below /sys/devices/system/cpu'
refused 'write cpu1/../../x 0' 'expected a path below'
refused 'with cpu1/online 0' '"with" needs a "write" just before it'
refused 'session a' 'a second session "a"'
refused 'session a b' 'expected the name of a session'
refused 'load x;y' 'expected the name of a module'
refused 'load x y;z' 'expected PARAMETER=VALUE'
refused 'unload x y' 'expected nothing behind the name'
refused 'load nothing' 'no file /modules/nothing.ko; --modules names the folder'
echo 'session a' >"$work/sessions.txt"
expect 2 'the first line is not "# cpuhp-sim session 1"' --yes-really --play "$work/sessions.txt"
echo '# cpuhp-sim session 1' >"$work/sessions.txt"
expect 2 "$work/sessions.txt: has no session" --yes-really --play "$work/sessions.txt"

# Two CPUs, two threads of one core; six states; the boot as it was traced.
root=$work/root
cpus=$root/sys/devices/system/cpu
tracing=$root/sys/kernel/tracing
expect 1 "no $cpus: is sysfs mounted?" --yes-really --test-root "$root"
mkdir -p "$cpus/hotplug" "$cpus/smt" "$root/proc"
expect 1 "no $cpus/hotplug/states" --yes-really --test-root "$root"
cat >"$cpus/hotplug/states" <<'END'
  0: offline
  1: threads:prepare
 10: cpu:bringup
 11: idle:dead
 12: ap:offline
 13: ap:online
 14: cpu:teardown
 20: sched:active
 21: online
END
echo '12.34 5.67' >"$root/proc/uptime"
expect 1 'is tracefs mounted?' --yes-really --test-root "$root"
mkdir -p "$tracing/options"
echo '           <...>-1       [000] .....     0.395796: cpuhp_enter: cpu: 0001 target:  21 step:  10 (bringup_cpu)
         cpuhp/1-19      [001] .....     0.395798: cpuhp_enter: cpu: 0001 target:  21 step:  20 (sched_cpu_activate)
         cpuhp/1-19      [001] .....     0.395799: cpuhp_exit:  cpu: 0001  state:  20 step:  20 ret: 0
           <...>-1       [000] .....     0.396510: cpuhp_exit:  cpu: 0001  state:  21 step:  10 ret: 0' \
  >"$tracing/trace"
expect 1 'this kernel cannot trace hotplug' --yes-really --test-root "$root"
mkdir -p "$tracing/events/cpuhp/cpuhp_enter" "$tracing/events/cpuhp/cpuhp_exit"
echo 'sched:sched_switch' >"$tracing/set_event"
echo 'local [global] counter' >"$tracing/trace_clock"
echo 0 >"$tracing/tracing_on"
echo function >"$tracing/current_tracer"
echo 1 >"$tracing/options/latency-format"
for mask in possible present online; do echo 0-1 >"$cpus/$mask"; done
echo >"$cpus/offline"
echo on >"$cpus/smt/control"
echo 1 >"$cpus/smt/active"
for cpu in 0 1; do
  folder=$cpus/cpu$cpu
  mkdir -p "$folder/hotplug" "$folder/topology"
  [ "$cpu" = 0 ] || echo 1 >"$folder/online"
  echo 21 >"$folder/hotplug/state"
  echo 21 >"$folder/hotplug/target"
  echo -1 >"$folder/hotplug/fail"
  echo 3 >"$folder/topology/core_id"
  echo 7 >"$folder/topology/physical_package_id"
  echo 0-1 >"$folder/topology/thread_siblings_list"
  echo 0-1 >"$folder/topology/core_siblings_list"
done
echo 'quiet' >"$root/proc/cmdline"
echo 'Linux version 6.1.99 (who@where) #1 SMP' >"$root/proc/version"
echo 'model name	: Small' >"$root/proc/cpuinfo"
mkdir -p "$root/proc/1"
echo init >"$root/proc/1/comm"

expect 1 'session boot: the kernel was not started with' --yes-really --test-root "$root" \
  --session boot
echo 'quiet trace_event=cpuhp:cpuhp_enter' >"$root/proc/cmdline"
expect 1 '--cpu 5: it is not online (online: 0-1)' --yes-really --test-root "$root" --cpu 5
expect 1 '--cpu 0: it has no file "online"' --yes-really --test-root "$root" --cpu 0
echo 20 >"$cpus/cpu1/hotplug/state"
expect 1 'cpu1 stands at state 20' --yes-really --test-root "$root"
echo 21 >"$cpus/cpu1/hotplug/state"

cp -r "$root" "$work/before"
expect 0 'written: ' --yes-really --test-root "$root" --out "$work/rec.txt" --emulator none \
  --session states --session sysfs --session boot --session cycle --session target --from 10 --to 12
[ ! -s "$tracing/trace" ] || complain 'the trace buffer was not emptied'
cp "$work/before/sys/kernel/tracing/trace" "$tracing/trace"
diff -r "$work/before" "$root" || complain 'the files are not as they were'

sed -n -e 's/.* \(topology=.*\) cmdline=/\1 cmdline=/p' -e '/^# section: /p' -e '/^#OP/p' \
  -e '/^#INFO/p' -e '/^#RESTORE/p' -e '/^#PID/p' -e '/^cpu[0-9]/p' -e '/^smt/p' -e '/^#W/s/ us=[0-9]*$//p' \
  "$work/rec.txt" >"$work/got"
cat >"$work/expected" <<'END'
topology=0:7.3.0,1:7.3.1 state_control=y cpu0_online_file=n smt_control=on cmdline="quiet trace_event=cpuhp:cpuhp_enter"
# section: states
# section: boot_trace
#PID 1 init
# section: cpusysfs
smt/active = 1
smt/control = on
cpu0 online=none state=21 target=21 fail=-1 core_id=3 pkg=7 siblings=0-1 cores=0-1
cpu1 online=1 state=21 target=21 fail=-1 core_id=3 pkg=7 siblings=0-1 cores=0-1
# section: offline_online
#OP C1-offline cpu=1
#W path=cpu1/online value=0 ret=2 errno=0 name=OK at=write
#OP C1-online cpu=1
#W path=cpu1/online value=1 ret=2 errno=0 name=OK at=write
#OP C2-offline cpu=1
#W path=cpu1/online value=0 ret=2 errno=0 name=OK at=write
#OP C2-online cpu=1
#W path=cpu1/online value=1 ret=2 errno=0 name=OK at=write
#OP C3-offline cpu=1
#W path=cpu1/online value=0 ret=2 errno=0 name=OK at=write
#OP C3-online cpu=1
#W path=cpu1/online value=1 ret=2 errno=0 name=OK at=write
# section: target_exhaustive
#INFO cmd=D cpu=1 from=10 to=12 max=21
#INFO left out: 11 12 13
#OP D-online-to-10 cpu=1
#W path=cpu1/hotplug/target value=10 ret=3 errno=0 name=OK at=write
#RESTORE want=offline
#W path=cpu1/hotplug/fail value=-1 ret=3 errno=0 name=OK at=write
#W path=cpu1/online value=0 ret=2 errno=0 name=OK at=write
#OP D-offline-to-10 cpu=1
#W path=cpu1/hotplug/target value=10 ret=3 errno=0 name=OK at=write
#OP D-10-to-offline cpu=1
#W path=cpu1/hotplug/target value=0 ret=2 errno=0 name=OK at=write
#RESTORE want=offline
#W path=cpu1/hotplug/fail value=-1 ret=3 errno=0 name=OK at=write
#W path=cpu1/online value=0 ret=2 errno=0 name=OK at=write
#RESTORE want=online
#W path=cpu1/hotplug/fail value=-1 ret=3 errno=0 name=OK at=write
#W path=cpu1/online value=1 ret=2 errno=0 name=OK at=write
END
diff "$work/expected" "$work/got" || complain 'the recording is not what it should be'
"$binary" import --states "$work/rec.txt" --trace "$work/rec.txt" --out "$work/table.json" \
  >"$work/out" 2>&1 || complain "import: $(cat "$work/out")"

# Sessions, played by each shell: what was written, who wrote together, and what is put back. The
# module is a stand-in that adds a state to the list and takes it away.
mkdir "$work/modules" "$work/bin"
echo >"$work/modules/drv.ko"
cat >"$work/bin/insmod" <<END
#!/bin/sh
[ "\$2" != fail=1 ] || { echo "insmod: can't insert '\$1': Device or resource busy" >&2; exit 1; }
sed -i '/^ 20: /i\\ 15: drv:online' "$cpus/hotplug/states"
END
cat >"$work/bin/rmmod" <<END
#!/bin/sh
sed -i '/drv:online/d' "$cpus/hotplug/states"
END
chmod +x "$work/bin/insmod" "$work/bin/rmmod"
printf '%s\n' '# cpuhp-sim session 1' '# a comment' '' 'session one' 'write cpu1/hotplug/fail 20' \
  'write cpu1/online 0' 'session two' 'write cpu1/hotplug/target  0' 'with cpu0/hotplug/target 21' \
  'with cpu1/hotplug/fail -n' 'write smt/control off' 'session three' 'load drv fail=1' \
  'load drv a=1 b=2' 'unload drv' 'write cpu1/hotplug/fail ' 'load drv' 'write cpu9/online 1' \
  >"$work/sessions.txt"
for shell in sh bash 'busybox sh'; do
  command -v "${shell%% *}" >/dev/null || continue
  rm -rf "$root"
  cp -r "$work/before" "$root"
  # Busybox has these two built in, and does not look for others.
  [ "$shell" != 'busybox sh' ] || sed -i '/^session three/,$d' "$work/sessions.txt"
  PATH=$work/bin:$PATH $shell "$script" --yes-really --test-root "$root" --play "$work/sessions.txt" \
    --modules "$work/modules" >"$work/played.txt" 2>"$work/out" </dev/null ||
    complain "$shell: --play: $(cat "$work/out")"
  cmp -s "$work/before/sys/devices/system/cpu/hotplug/states" "$cpus/hotplug/states" ||
    complain "$shell: the module was not unloaded"
  sed -n -e '/^# section: /p' -e '/^#OP/p' -e '/^#STATE[+-]/p' -e '/^#RESTORE/p' -e '/^#V/p' \
    -e 's/ us=[0-9]*$//' -e '/^#[WM] /p' "$work/played.txt" >"$work/got"
  cat >"$work/expected" <<'END'
# section: session one
#OP one.1 cpu=1
#W path=cpu1/hotplug/fail value=20 ret=3 errno=0 name=OK at=write
#OP one.2 cpu=1
#W path=cpu1/online value=0 ret=2 errno=0 name=OK at=write
#RESTORE want=online
#W path=cpu1/hotplug/fail value=-1 ret=3 errno=0 name=OK at=write
#W path=cpu1/online value=1 ret=2 errno=0 name=OK at=write
# section: session two
#OP two.1 cpu=1
#W path=cpu1/hotplug/target value= 0 ret=3 errno=0 name=OK at=write
#W path=cpu0/hotplug/target value=21 ret=3 errno=0 name=OK at=write with=1
#W path=cpu1/hotplug/fail value=-n ret=3 errno=0 name=OK at=write with=1
#OP two.2 cpu=0
#W path=smt/control value=off ret=4 errno=0 name=OK at=write
#V control=off active=1
#RESTORE want=smt
#W path=smt/control value=on ret=3 errno=0 name=OK at=write
#V control=on active=1
#RESTORE want=online
#W path=cpu1/hotplug/fail value=-1 ret=3 errno=0 name=OK at=write
# section: session three
#OP three.1 cpu=0
#M verb=load module=drv ret=-1 errno=16 name=EBUSY
#OP three.2 cpu=0
#M verb=load module=drv ret=0 errno=0 name=OK
#STATE+ 15: drv:online
#OP three.3 cpu=0
#M verb=unload module=drv ret=0 errno=0 name=OK
#STATE- 15: drv:online
#OP three.4 cpu=1
#W path=cpu1/hotplug/fail value= ret=1 errno=0 name=OK at=write
#OP three.5 cpu=0
#M verb=load module=drv ret=0 errno=0 name=OK
#STATE+ 15: drv:online
#OP three.6 cpu=9
#W path=cpu9/online value=1 ret=-1 errno=2 name=ENOENT at=open
#RESTORE want=online
#W path=cpu1/hotplug/fail value=-1 ret=3 errno=0 name=OK at=write
#RESTORE want=unloaded
#M verb=unload module=drv ret=0 errno=0 name=OK
#STATE- 15: drv:online
END
  [ "$shell" != 'busybox sh' ] || sed -i '/^# section: session three/,$d' "$work/expected"
  diff "$work/expected" "$work/got" || complain "$shell: --play recorded something else"
done

# On standard output; a file that is not there.
expect 0 '#W path=cpu2/online value=0 ret=-1 errno=2 name=ENOENT at=open' --yes-really \
  --test-root "$root" --session refusals

# Only the boot CPU is online, as after maxcpus=1: whatever needs no other still works.
echo 0 >"$cpus/online"
echo 1 >"$cpus/offline"
echo 0 >"$cpus/cpu1/online"
echo 0 >"$cpus/cpu1/hotplug/state"
cp "$work/before/sys/kernel/tracing/trace" "$tracing/trace"
expect 1 'session cycle: no online CPU has a file "online"' --yes-really --test-root "$root" \
  --session cycle
expect 1 'session fail: no online CPU has a file "online"' --yes-really --test-root "$root" \
  --session random --session fail
expect 0 'without session refusals: no online CPU' --yes-really --test-root "$root" \
  --out "$work/one.txt" --ops 6
sed -n -e '/^# section: /p' -e '/^# record-cpuhp: /p' -e '/^#OP/p' "$work/one.txt" >"$work/got"
cat >"$work/expected" <<'END'
# record-cpuhp: cpu=none seed=1 ops=6 dangerous=no
# section: states
# section: boot_trace
# section: cpusysfs
# section: random_seq
#OP R-0 cpu=0
#OP R-1 cpu=1
#OP R-2 cpu=1
#OP R-3 cpu=0
#OP R-4 cpu=0
#OP R-5 cpu=1
# section: smt_control
#OP S-smt-control-[off] cpu=1
#OP S-smt-control-[on] cpu=1
#OP S-smt-control-[text] cpu=1
END
diff "$work/expected" "$work/got" || complain 'with one CPU online: not what it should be'
exit "$failed"
