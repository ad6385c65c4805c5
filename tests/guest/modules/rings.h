/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The per-CPU memory of these modules: a ring, and the count of rings taken and given back. debugfs
 * shows the count; a count that is wrong at rest is a WARN, so that a kernel log alone tells it.
 */
#ifndef RINGS_H
#define RINGS_H

#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/slab.h>

struct ring {
	bool used;
	unsigned int entries[64];
};

static atomic_t rings_allocated = ATOMIC_INIT(0);
static atomic_t rings_freed = ATOMIC_INIT(0);
static struct dentry *rings_folder;

static struct ring *ring_alloc(unsigned int cpu, gfp_t flags)
{
	struct ring *ring = kzalloc_node(sizeof(*ring), flags, cpu_to_node(cpu));

	if (ring)
		atomic_inc(&rings_allocated);
	return ring;
}

static void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	kfree(ring);
	atomic_inc(&rings_freed);
}

static int rings_balance(void)
{
	return atomic_read(&rings_allocated) - atomic_read(&rings_freed);
}

/* expected: the rings that may be held now, 0 once the states are removed. */
static void rings_check(int expected)
{
	WARN(rings_balance() != expected,
	     "%s: imbalance %d: %d rings allocated, %d freed, %d expected\n", KBUILD_MODNAME,
	     rings_balance() - expected, atomic_read(&rings_allocated), atomic_read(&rings_freed),
	     expected);
}

/* Writing anything to the parameter `check` compares: each CPU that is online holds one ring. */
static int check_set(const char *value, const struct kernel_param *parameter)
{
	cpus_read_lock();
	rings_check(num_online_cpus());
	cpus_read_unlock();
	return 0;
}
static const struct kernel_param_ops check_ops = { .set = check_set };
module_param_cb(check, &check_ops, NULL, 0200);
MODULE_PARM_DESC(check, "write at rest: warn of rings that are missing or left over");

static int balance_get(void *unused, u64 *value)
{
	*value = rings_balance();
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(balance_file, balance_get, NULL, "%lld\n");

static void rings_init(void)
{
	rings_folder = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_atomic_t("allocated", 0400, rings_folder, &rings_allocated);
	debugfs_create_atomic_t("freed", 0400, rings_folder, &rings_freed);
	debugfs_create_file_unsafe("balance", 0400, rings_folder, NULL, &balance_file);
}

/* After the module's states are removed. */
static void rings_exit(void)
{
	debugfs_remove(rings_folder);
	rings_check(0);
}

#endif
