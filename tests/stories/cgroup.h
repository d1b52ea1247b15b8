/* A cgroup of the story's own, in the unified hierarchy. */
#ifndef TCPBLAME_TESTS_CGROUP_H
#define TCPBLAME_TESTS_CGROUP_H

/* Makes it below the root and moves the caller into it, with all that it will start. */
void enter_new_cgroup(const char *name);

/* Back to the root: what was started meanwhile stays. */
void leave_cgroup(void);

/* Nothing that its sockets send leaves this host: the sender's kernel has EPERM from it, as from a firewall's DROP. */
void drop_egress(const char *name);

/* Nobody may be left in it. */
void remove_cgroup(const char *name);

#endif
