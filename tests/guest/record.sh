#!/bin/sh
# scripts/record-cpuhp on a real kernel: an emulated guest boots Debian's own, records itself, is
# put back as it was, also after a signal; then its twin has to do the same.
#
#   tests/guest/record.sh build/cpuhp-sim [FOLDER]
#
#   guest: 23 s, 59 operations recorded, machine and tracing as before
#   SIGTERM: exit=143 was=0 is=1 files=0
#   import: 61 states
#   conform: recording.txt: 59 operations, 59 identical; ...
#
# The kernel is downloaded, unpacked into FOLDER (build/guest) and kept there, with the recording
# and what the guest printed. Exit code 0: all as it should be; 1: not.
set -eu

binary=$(readlink -f "$1")
cd "$(dirname "$0")/../.."
mkdir -p "${2:-build/guest}"
folder=$(cd "${2:-build/guest}" && pwd)
scripts/install-deps guest

fail() {
  echo "record.sh: $*" >&2
  echo "record.sh: what the guest printed is in $folder/console.txt, its recording in" \
    "$folder/recording.txt" >&2
  exit 1
}

# linux-image-cloud-amd64 depends on the kernel itself. A list of packages that is too old names one
# that the archive has no more.
download_kernel() {
  name=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
    sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
  [ -n "$name" ] && (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download "$name")
}
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
if ! ls "$folder"/kernel/boot/vmlinuz-* >/dev/null 2>&1; then
  rm -f "$folder"/linux-image-*.deb
  download_kernel || { as_root apt-get -qq update && download_kernel; } ||
    fail 'cannot download linux-image-cloud-amd64'
  dpkg-deb -x "$folder"/linux-image-*.deb "$folder/kernel"
fi

# The guest's file system: busybox, the script, and an init that records, then stops a second
# recording in the middle. Lines for this test begin with "guest: ".
tree=$folder/initramfs
rm -rf "$tree" "$folder/recording.txt" "$folder/console.txt"
mkdir -p "$tree/bin" "$tree/proc" "$tree/sys" "$tree/dev" "$tree/tmp"
cp "$(command -v busybox)" "$tree/bin/busybox"
cp scripts/record-cpuhp "$tree/bin/record-cpuhp"
cat >"$tree/sessions.txt" <<'END'
# cpuhp-sim session 1
session together
write cpu1/online 0
with cpu2/online 0
with cpu1/online 0
write cpu2/online 1
with cpu2/online 0
with cpu3/hotplug/target 0
session fault
write cpu2/hotplug/fail 155
write cpu2/online 0
write cpu2/online 1
write cpu9/online 1
END
cat >"$tree/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tracefs tracefs /sys/kernel/tracing

snapshot() {
  cd /sys/kernel/tracing
  head set_event current_tracer trace_clock tracing_on options/record-cmd
  cd /sys/devices/system/cpu
  head online cpu*/online cpu*/hotplug/state cpu*/hotplug/fail
  cd /
}

snapshot >/tmp/before
record-cpuhp --yes-really --out /tmp/recording.txt --session states --session sysfs --session boot \
  --session cycle --session refusals --session random --ops 15 \
  --session fail --fail-from 153 --fail-to 158 --play /sessions.txt --emulator 'QEMU, TCG'
echo "guest: recorded exit=$?"
snapshot >/tmp/after
cmp /tmp/before /tmp/after && echo 'guest: as before'
stty raw </dev/ttyS1
cat /tmp/recording.txt >/dev/ttyS1

echo 0 >/sys/kernel/tracing/tracing_on
echo mono >/sys/kernel/tracing/trace_clock
echo sched:sched_process_exec >/sys/kernel/tracing/set_event
snapshot >/tmp/before
record-cpuhp --yes-really --session cycle --out /tmp/second.txt &
recorder=$!
waited=0
while [ "$(cat /sys/devices/system/cpu/cpu3/online)" = 1 ] && [ "$waited" -lt 600 ]; do
  usleep 100000
  waited=$((waited + 1))
done
kill -TERM "$recorder"
was=$(cat /sys/devices/system/cpu/cpu3/online)
wait "$recorder"
code=$?
echo "guest: stopped exit=$code was=$was is=$(cat /sys/devices/system/cpu/cpu3/online)" \
  "files=$(ls /tmp | grep -c second)"
snapshot >/tmp/after
cmp /tmp/before /tmp/after && echo 'guest: as before the stop'
sync
sleep 1
poweroff -f
END
chmod +x "$tree/init"
(cd "$tree" && find . | cpio --quiet -o -H newc | gzip -1 >"$folder/initramfs.gz")

# Boots the guest once. trace_clock=counter: under an emulator times do not tell the order of what
# two CPUs do at the same moment. QEMU 7.2 now and then loses a guest whose kernel patches its own
# code: one thread for all CPUs makes that rare. Linux 6.12 dies of its CMPXCHG16B (cx16).
boot_guest() {
  rm -f "$folder/console.txt" "$folder/recording.txt"
  timeout 150 qemu-system-x86_64 -accel tcg,thread=single -cpu qemu64,-cx16 -smp 4 -m 512M \
    -display none -monitor none -no-reboot -nic none -kernel "$folder"/kernel/boot/vmlinuz-* \
    -initrd "$folder/initramfs.gz" -serial file:"$folder/console.txt" \
    -serial file:"$folder/recording.txt" -append "console=ttyS0 quiet panic=-1 tsc=reliable \
trace_event=cpuhp:cpuhp_enter,cpuhp:cpuhp_multi_enter,cpuhp:cpuhp_exit trace_buf_size=2M \
trace_clock=counter" \
    </dev/null
}
kernel_died() {
  [ ! -f "$folder/console.txt" ] || grep -q -e 'Oops' -e 'Kernel panic' -e 'soft lockup' \
    -e 'detected stall' "$folder/console.txt"
}

begin=$(date +%s)
for attempt in 1 2 3; do
  echo 'record.sh: booting the guest (half a minute)' >&2
  ended=yes
  boot_guest || ended=no
  kernel_died || break
  echo "record.sh: the guest's kernel died under the emulator, attempt $attempt of 3:" \
    "$(grep -m 1 -e Oops -e 'Kernel panic' -e 'soft lockup' -e stall "$folder/console.txt")" >&2
done
! kernel_died || fail "the guest's kernel died"
[ "$ended" = yes ] || fail 'the guest did not end'
took=$(($(date +%s) - begin))

guest_said() { tr -d '\r' <"$folder/console.txt" | grep -q -x "guest: $1"; }
recorded() { grep -q -e "$1" "$folder/recording.txt"; }
guest_said 'recorded exit=0' || fail 'the script failed in the guest'
guest_said 'as before' || fail 'the script did not put the machine back as it was'
for part in states boot_trace cpusysfs offline_online refusals random_seq fail_offline \
  fail_online 'session together' 'session fault'; do
  recorded "^# section: $part\$" || fail "the recording has no section $part"
done
# One of each kind of answer, so that their numbers are known to be right.
for answer in 'ret=2 errno=0 name=OK at=write' 'ret=-1 errno=2 name=ENOENT at=open$' \
  'ret=-1 errno=22 name=EINVAL at=write' 'ret=-1 errno=34 name=ERANGE at=write' \
  'ret=-1 errno=11 name=EAGAIN at=write'; do
  recorded "^#W .* $answer" || fail "no write in the recording has the answer $answer"
done
[ "$(grep -c '^#W .* with=1 us=' "$folder/recording.txt")" -eq 4 ] ||
  fail 'the recording has not four writes that began together with another'
recorded '^#K <6>\[.*smpboot: CPU 3 is now offline' || fail 'the recording has no kernel log'
recorded '^# status: ok' || fail 'the recording was cut'
operations=$(grep -c '^#OP ' "$folder/recording.txt")
echo "guest: $took s, $operations operations recorded, machine and tracing as before"

# Stopped while the CPU was offline, or rarely just after: then there was nothing to put back.
guest_said 'stopped exit=143 was=[01] is=1 files=0' || fail 'SIGTERM: not put back'
guest_said 'as before the stop' || fail 'SIGTERM: the machine is not as it was'
echo "SIGTERM: $(tr -d '\r' <"$folder/console.txt" | sed -n 's/^guest: stopped //p')"

"$binary" import --states "$folder/recording.txt" --trace "$folder/recording.txt" \
  --out "$folder/table.json" || fail 'import refuses the recording'
states=$(grep -c '"id":' "$folder/table.json")
listed=$(sed -n '/^# section: states/,/^# section: boot/p' "$folder/recording.txt" |
  grep -c '^ *[0-9]*: ')
[ "$states" -eq "$listed" ] || fail "the table has $states states, the kernel $listed"
echo "import: $states states"

"$binary" conform "$folder/recording.txt" --table "$folder/table.json" >"$folder/conform.txt" || {
  head -n 40 "$folder/conform.txt"
  fail 'the twin differs'
}
echo "conform: $(tail -n 1 "$folder/conform.txt")"
