/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * Only the kernel types and fields that we read.
 *
 * CO-RE finds each field by name in the running kernel's BTF, so offsets, order and what is
 * left out here do not matter, and the build needs no vmlinux.h of some build machine.
 */
#ifndef TCPBLAME_KERNEL_TYPES_H
#define TCPBLAME_KERNEL_TYPES_H

#include <linux/bpf.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	union {
		__be32 u6_addr32[4];
	} in6_u;
};

struct ns_common {
	unsigned int inum;
};

struct netns_ipv4 {
	u8 sysctl_tcp_abort_on_overflow; /* an int before 5.13: its low byte comes first */
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct net {
	struct ns_common ns;
	struct hlist_head *dev_index_head;
	struct netns_ipv4 ipv4;
};

typedef struct {
	struct net *net;
} possible_net_t;

typedef struct {
	long long counter;
} atomic64_t;

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	unsigned long skc_flags;
};

typedef struct {
	int owned;
} socket_lock_t;

struct socket;
struct dst_entry;

typedef struct {
	int counter;
} atomic_t;

struct sk_buff;

struct sk_buff_head {
	struct sk_buff *prev;
};

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	int sk_err;
	int sk_err_soft;
	u8 sk_shutdown;
	unsigned long sk_lingertime;
	struct socket *sk_socket;
	u16 sk_protocol;
	u16 sk_type;
	u32 sk_ack_backlog;
	u32 sk_max_ack_backlog;
	atomic_t sk_drops;
	struct pid *sk_peer_pid;
	struct dst_entry *sk_dst_cache;
	struct sk_buff_head sk_receive_queue;
};

enum sock_flags {
	SOCK_DEAD,
	SOCK_DONE,
	SOCK_LINGER = 4,
};

struct unix_sock {
	struct sock sk;
	struct sock *peer;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct tcp_ulp_ops {
	char name[16];
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	const struct tcp_ulp_ops *icsk_ulp_ops;
	__u8 icsk_retransmits;
	__u8 icsk_probes_out;
	__u32 icsk_user_timeout;
	struct {
		__u32 lrcvtime;
	} icsk_ack;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	u32 copied_seq;
	u32 rcv_nxt;
	u32 snd_nxt;
	u32 snd_una;
	u32 write_seq;
	u32 snd_wnd;
	u32 total_retrans;
	u32 srtt_us;
	u64 bytes_acked;
	u64 bytes_received;
	u32 rcv_tstamp;
	u32 lsndtime;
	u32 data_segs_in;
	u32 data_segs_out;
};

struct inet_timewait_sock {
	struct sock_common __tw_common;
	__be16 tw_sport;
};

struct tcphdr {
	__be16 source;
	__be16 dest;
	__be32 seq;
	__be32 ack_seq;
};

struct net_device {
	possible_net_t nd_net;
	char name[16];
	int ifindex;
	struct hlist_node index_hlist;
};

struct dst_entry {
	struct net_device *dev;
};

struct sk_buff {
	unsigned char *head;
	unsigned char *data;
	struct net_device *dev;
	unsigned int len;
	int skb_iif;
	__u16 transport_header;
	__u16 network_header;
	__be16 protocol;
	unsigned long _skb_refdst;
	char cb[48];
};

/* net/tcp.h: TCP_SKB_CB(skb) */
struct tcp_skb_cb {
	__u32 seq;
	__u32 end_seq;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct pid {
	unsigned int level;
	struct hlist_head tasks[4]; /* PIDTYPE_PID, PIDTYPE_TGID, … */
	struct upid numbers[1];
};

typedef struct {
	unsigned long sig[1];
} sigset_t;

typedef void (*__sighandler_t)(int);

struct sigaction {
	__sighandler_t sa_handler;
};

struct k_sigaction {
	struct sigaction sa;
};

struct sighand_struct {
	struct k_sigaction action[64];
};

struct signal_struct {
	struct pid *pids[4]; /* PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID */
};

struct kernel_siginfo {
	int si_signo;
	int si_code;
	union __sifields {
		struct {
			void *_addr;
		} _sigfault;
	} _sifields;
};

struct pipe_inode_info {
	unsigned int readers;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *open_fds;
};

struct files_struct {
	struct {
		int counter;
	} count;
	struct fdtable *fdt;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
};

struct file {
	void *private_data;
	struct inode *f_inode;
	struct path f_path;
	unsigned int f_mode;
	struct {
		s64 counter;
	} f_count; /* until 6.12 */
	struct {
		struct {
			s64 counter;
		} refcnt;
	} f_ref; /* since 6.13 */
};

struct socket {
	struct sock *sk;
	struct file *file;
};

struct kernfs_node {
	u64 id;
	const char *name;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup_subsys_state *subsys[16];
	struct cgroup *dfl_cgrp;
};

/* Which slot of css_set.subsys is whose differs from configuration to configuration. */
enum cgroup_subsys_id {
	memory_cgrp_id = 4,
};

typedef struct {
	long counter;
} atomic_long_t;

struct page_counter {
	atomic_long_t usage; /* in pages, as max */
	unsigned long max;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
};

struct task_struct {
	unsigned int flags;
	int exit_code;
	int pid;
	int tgid;
	char comm[16];
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	struct pid *thread_pid;
	struct hlist_node pid_links[4];
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	struct files_struct *files;
	void *stack;
	struct css_set *cgroups;
	sigset_t blocked;
};

struct iovec {
	void *iov_base;
	unsigned long iov_len;
};

struct user_msghdr {
	struct iovec *msg_iov;
	unsigned long msg_iovlen;
};

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long orig_ax, di, si, dx, r10, r8, r9, sp;
};

struct thread_info {
	u32 status;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	u64 regs[31];
	u64 sp;
	u64 orig_x0;
	int syscallno;
};

struct thread_info {
	unsigned long flags;
};
#else
#error "no pt_regs for this architecture yet"
#endif

#pragma clang attribute pop

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

#define SOCK_STREAM 1

#define IPPROTO_TCP 6
#define IPPROTO_MPTCP 262

/* include/net/tcp_states.h */
enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_FIN_WAIT1 = 4,
	TCP_FIN_WAIT2 = 5,
	TCP_TIME_WAIT = 6,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LAST_ACK = 9,
	TCP_LISTEN = 10,
	TCP_CLOSING = 11,
	TCP_NEW_SYN_RECV = 12,
};

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGXCPU 24
#define SIGXFSZ 25
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGSYS 31

/* include/linux/sched.h */
#define PF_EXITING 0x00000004
#define PF_IO_WORKER 0x00000010
#define PF_KTHREAD 0x00200000

#define FMODE_READ 1 /* include/linux/fs.h */

#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFIFO 0010000

#endif
