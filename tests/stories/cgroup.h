/* A cgroup of the story's own, below the root of its hierarchy. */
#ifndef TCPBLAME_TESTS_CGROUP_H
#define TCPBLAME_TESTS_CGROUP_H

/* Makes it below the root and moves the caller into it, with all that it will start. */
void enter_new_cgroup(const char *name);

/* Back to the root: what was started meanwhile stays. */
void leave_cgroup(void);

/* Nothing that its sockets send leaves this host: the sender's kernel has EPERM from it, as from a firewall's DROP. */
void drop_egress(const char *name);

/* Kills all that are in it: cgroup.kill. */
void kill_cgroup(const char *name);

/* Nobody may be left in it. */
void remove_cgroup(const char *name);

/* The same with a limit to its memory, in bytes, in whichever hierarchy has the memory controller. */
void enter_memory_cgroup(const char *name, long limit);
void leave_memory_cgroup(void);
void remove_memory_cgroup(const char *name);

#endif
