// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planted bug: a leak in an error path. The PREPARE startup takes a ring, and its teardown frees
 * only a ring that the CPU has used. A CPU whose bring-up fails in between leaves its ring behind.
 */
#include <linux/cpuhotplug.h>
#include <linux/percpu.h>

#include "rings.h"

static DEFINE_PER_CPU(struct ring *, rings);
static int prepare_state, online_state;

static int leak_prepare(unsigned int cpu)
{
	struct ring *ring = ring_alloc(cpu, GFP_KERNEL);

	if (!ring)
		return -ENOMEM;
	per_cpu(rings, cpu) = ring;
	return 0;
}

static int leak_dead(unsigned int cpu)
{
	struct ring *ring = per_cpu(rings, cpu);

	per_cpu(rings, cpu) = NULL;
	/* The bug: this is also the way back from a startup that failed further up. */
	if (ring->used)
		ring_free(ring);
	return 0;
}

static int leak_online(unsigned int cpu)
{
	per_cpu(rings, cpu)->used = true;
	return 0;
}

static int __init leak_init(void)
{
	prepare_state = cpuhp_setup_state(CPUHP_BP_PREPARE_DYN, "cpuhp_leak/ring:prepare",
					  leak_prepare, leak_dead);
	if (prepare_state < 0)
		return prepare_state;
	online_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "cpuhp_leak/ring:online",
					 leak_online, NULL);
	if (online_state < 0) {
		cpuhp_remove_state(prepare_state);
		return online_state;
	}
	rings_init();
	return 0;
}

static void __exit leak_exit(void)
{
	cpuhp_remove_state(online_state);
	cpuhp_remove_state(prepare_state);
	rings_exit();
}

module_init(leak_init);
module_exit(leak_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Planted bug: a leak in an error path");
