// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planted bug: sleep in the STARTING section, which runs with interrupts off. The startup allocates
 * with GFP_KERNEL, which may sleep and as a rule does not; the teardown sleeps each time.
 */
#include <linux/cpuhotplug.h>
#include <linux/delay.h>
#include <linux/percpu.h>

#include "rings.h"

/* Its owner is a timer that no x86 machine has: STARTING has no slots for whoever asks. */
#define SLEEP_STARTING CPUHP_AP_JCORE_TIMER_STARTING

static DEFINE_PER_CPU(struct ring *, rings);

static int sleep_starting(unsigned int cpu)
{
	/* The bug, as it is common: nothing comes of it as long as there is memory. */
	struct ring *ring = ring_alloc(cpu, GFP_KERNEL);

	if (!ring)
		return -ENOMEM;
	per_cpu(rings, cpu) = ring;
	return 0;
}

static int sleep_dying(unsigned int cpu)
{
	/* The bug that any kernel sees: waits until the ring is empty. */
	msleep(1);
	ring_free(per_cpu(rings, cpu));
	per_cpu(rings, cpu) = NULL;
	return 0;
}

static int __init sleep_init(void)
{
	int ret = cpuhp_setup_state(SLEEP_STARTING, "cpuhp_sleep/ring:starting", sleep_starting,
				    sleep_dying);

	if (ret < 0)
		return ret;
	rings_init();
	return 0;
}

static void __exit sleep_exit(void)
{
	cpuhp_remove_state(SLEEP_STARTING);
	rings_exit();
}

module_init(sleep_init);
module_exit(sleep_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Planted bug: sleep in the STARTING section");
