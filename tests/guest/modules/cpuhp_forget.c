// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planted bug: a teardown that forgets CPUs. It leaves the rings of odd CPUs, which it takes for
 * those of second threads, and such a CPU does not come up again: its ring is there already.
 */
#include <linux/cpuhotplug.h>
#include <linux/percpu.h>

#include "rings.h"

static DEFINE_PER_CPU(struct ring *, rings);
static int online_state;

static int forget_online(unsigned int cpu)
{
	if (per_cpu(rings, cpu))
		return -EEXIST;
	per_cpu(rings, cpu) = ring_alloc(cpu, GFP_KERNEL);
	return per_cpu(rings, cpu) ? 0 : -ENOMEM;
}

static int forget_offline(unsigned int cpu)
{
	/* The bug: odd numbers are not always second threads, and each thread has a ring. */
	if (cpu % 2)
		return 0;
	ring_free(per_cpu(rings, cpu));
	per_cpu(rings, cpu) = NULL;
	return 0;
}

static int __init forget_init(void)
{
	online_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "cpuhp_forget/ring:online",
					 forget_online, forget_offline);
	if (online_state < 0)
		return online_state;
	rings_init();
	return 0;
}

static void __exit forget_exit(void)
{
	cpuhp_remove_state(online_state);
	rings_exit();
}

module_init(forget_init);
module_exit(forget_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Planted bug: a teardown that forgets CPUs");
