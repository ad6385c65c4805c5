// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planted bug: the hotplug lock in a callback, by a detour. The teardown waits for a work, and the
 * work takes the lock that the task which takes the CPU down holds as its writer.
 */
#include <linux/cpuhotplug.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>

#include "rings.h"

static DEFINE_PER_CPU(struct ring *, rings);
static int online_state;
static unsigned int steered;

static void steer(struct work_struct *work)
{
	cpus_read_lock();
	steered = num_online_cpus();
	cpus_read_unlock();
}
static DECLARE_WORK(steer_work, steer);

static int lock_online(unsigned int cpu)
{
	struct ring *ring = ring_alloc(cpu, GFP_KERNEL);

	if (!ring)
		return -ENOMEM;
	per_cpu(rings, cpu) = ring;
	return 0;
}

static int lock_offline(unsigned int cpu)
{
	schedule_work(&steer_work);
	/* The bug: nobody may steer to this ring any more, so the teardown waits. */
	flush_work(&steer_work);
	ring_free(per_cpu(rings, cpu));
	per_cpu(rings, cpu) = NULL;
	return 0;
}

static int __init lock_init(void)
{
	online_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "cpuhp_lock/ring:online",
					 lock_online, lock_offline);
	if (online_state < 0)
		return online_state;
	rings_init();
	return 0;
}

static void __exit lock_exit(void)
{
	cpuhp_remove_state(online_state);
	flush_work(&steer_work);
	rings_exit();
}

module_init(lock_init);
module_exit(lock_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Planted bug: the hotplug lock in a callback");
