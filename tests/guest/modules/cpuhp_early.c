// SPDX-License-Identifier: GPL-2.0-only
/*
 * Planted bug: an instance freed early. Each CPU's teardown drops a reference to the device that
 * the startup never took, so that the first CPU to go down frees the device. The list of the
 * state's instances still has it, and each callback after that gets freed memory.
 */
#include <linux/cpuhotplug.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/slab.h>


struct device_queues {
	struct hlist_node node;
	refcount_t users;
	cpumask_t open;
	char registers[1024];
};

static struct device_queues *devices[2];
static int online_state;

static void put_device_queues(struct device_queues *device)
{
	if (refcount_dec_and_test(&device->users))
		kfree(device);
}

static int early_online(unsigned int cpu, struct hlist_node *node)
{
	struct device_queues *device = hlist_entry(node, struct device_queues, node);

	/* The bug: no refcount_inc(&device->users). */
	cpumask_set_cpu(cpu, &device->open);
	return 0;
}

static int early_offline(unsigned int cpu, struct hlist_node *node)
{
	struct device_queues *device = hlist_entry(node, struct device_queues, node);

	cpumask_clear_cpu(cpu, &device->open);
	put_device_queues(device);
	return 0;
}

static int __init early_add(unsigned int i)
{
	int ret;

	devices[i] = kzalloc(sizeof(*devices[i]), GFP_KERNEL);
	if (!devices[i])
		return -ENOMEM;
	refcount_set(&devices[i]->users, 1);
	ret = cpuhp_state_add_instance(online_state, &devices[i]->node);
	if (ret < 0)
		kfree(devices[i]);
	return ret;
}

static int __init early_init(void)
{
	unsigned int i;
	int ret;

	online_state = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN, "cpuhp_early/queue:online",
					       early_online, early_offline);
	if (online_state < 0)
		return online_state;
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		ret = early_add(i);
		if (ret < 0)
			goto no_instance;
	}
	return 0;

no_instance:
	while (i--)
		cpuhp_state_remove_instance(online_state, &devices[i]->node);
	cpuhp_remove_multi_state(online_state);
	return ret;
}

static void __exit early_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(devices); i++)
		cpuhp_state_remove_instance(online_state, &devices[i]->node);
	cpuhp_remove_multi_state(online_state);
}

module_init(early_init);
module_exit(early_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Planted bug: an instance freed early");
