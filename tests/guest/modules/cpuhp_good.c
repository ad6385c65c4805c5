// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver whose callbacks are right: a ring for each CPU, taken in PREPARE; a flag set in the
 * STARTING section; and two devices, a multi-instance state, that use each CPU's ring.
 */
#include <linux/cpuhotplug.h>
#include <linux/percpu.h>

#include "rings.h"

/* Its owner is a timer that no x86 machine has: STARTING has no slots for whoever asks. */
#define GOOD_STARTING CPUHP_AP_JCORE_TIMER_STARTING

struct device_queues {
	struct hlist_node node;
	cpumask_t open;
};

static DEFINE_PER_CPU(struct ring *, rings);
static DEFINE_PER_CPU(bool, running);
static struct device_queues devices[2];
static int prepare_state, online_state;

static int good_prepare(unsigned int cpu)
{
	struct ring *ring = ring_alloc(cpu, GFP_KERNEL);

	if (!ring)
		return -ENOMEM;
	per_cpu(rings, cpu) = ring;
	return 0;
}

static int good_dead(unsigned int cpu)
{
	ring_free(per_cpu(rings, cpu));
	per_cpu(rings, cpu) = NULL;
	return 0;
}

static int good_starting(unsigned int cpu)
{
	WARN(__this_cpu_read(running), "%s: CPU %u starts twice\n", KBUILD_MODNAME, cpu);
	__this_cpu_write(running, true);
	return 0;
}

static int good_dying(unsigned int cpu)
{
	__this_cpu_write(running, false);
	return 0;
}

static int good_online(unsigned int cpu, struct hlist_node *node)
{
	struct device_queues *device = hlist_entry(node, struct device_queues, node);

	WARN(!per_cpu(rings, cpu), "%s: CPU %u has no ring\n", KBUILD_MODNAME, cpu);
	per_cpu(rings, cpu)->used = true;
	cpumask_set_cpu(cpu, &device->open);
	return 0;
}

static int good_offline(unsigned int cpu, struct hlist_node *node)
{
	struct device_queues *device = hlist_entry(node, struct device_queues, node);

	cpumask_clear_cpu(cpu, &device->open);
	return 0;
}

static int __init good_init(void)
{
	unsigned int i;
	int ret;

	prepare_state = cpuhp_setup_state(CPUHP_BP_PREPARE_DYN, "cpuhp_good/ring:prepare",
					  good_prepare, good_dead);
	if (prepare_state < 0)
		return prepare_state;
	ret = cpuhp_setup_state(GOOD_STARTING, "cpuhp_good/clock:starting", good_starting,
				good_dying);
	if (ret < 0)
		goto no_starting;
	online_state = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN, "cpuhp_good/queue:online",
					       good_online, good_offline);
	if (online_state < 0) {
		ret = online_state;
		goto no_online;
	}
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		ret = cpuhp_state_add_instance(online_state, &devices[i].node);
		if (ret < 0)
			goto no_instance;
	}
	rings_init();
	return 0;

no_instance:
	while (i--)
		cpuhp_state_remove_instance(online_state, &devices[i].node);
	cpuhp_remove_multi_state(online_state);
no_online:
	cpuhp_remove_state(GOOD_STARTING);
no_starting:
	cpuhp_remove_state(prepare_state);
	return ret;
}

static void __exit good_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		cpuhp_state_remove_instance(online_state, &devices[i].node);
		WARN(!cpumask_empty(&devices[i].open), "%s: device %u has open queues\n",
		     KBUILD_MODNAME, i);
	}
	cpuhp_remove_multi_state(online_state);
	cpuhp_remove_state(GOOD_STARTING);
	cpuhp_remove_state(prepare_state);
	rings_exit();
}

module_init(good_init);
module_exit(good_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("CPU hotplug callbacks that are right");
