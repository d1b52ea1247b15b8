/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only) */
/*
 * The events that the BPF programs hand to the reader: one contract for both sides.
 *
 * Fixed-width fields, no implicit padding, native byte order. Fields are only ever
 * appended to an event and `size` grows with them, so that a reader can take what it
 * knows from a newer event and a recording stays readable. Addresses are in network
 * byte order, ports in host byte order, times in nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef TCPBLAME_WIRE_H
#define TCPBLAME_WIRE_H

#include <linux/types.h>

#ifdef __bpf__
#define WIRE_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(struct type) == (bytes), #type)
#else
#define WIRE_ASSERT_SIZE(type, bytes) static_assert(sizeof(struct type) == (bytes), #type)
#endif

enum wire_type {
	WIRE_STATE = 1,		 /* wire_state: a TCP socket changed its state */
	WIRE_RESET_SENT = 2,	 /* wire_reset_sent */
	WIRE_RESET_RECEIVED = 3, /* wire_reset_received: a socket accepted a RST; see WIRE_STATE_BY_RESET */
	WIRE_ERROR_REPORT = 4,	 /* wire_socket_event: sk_err was reported, the socket lives on */
	WIRE_DESTROYED =
		5,     /* wire_socket_event: a socket that had closed_while_held its connection is gone; no progress */
	WIRE_SEND = 6, /* wire_send: a send failed, or succeeded after the peer's FIN */
	WIRE_SIGPIPE = 7,  /* wire_sigpipe */
	WIRE_EXIT = 8,	   /* wire_exit: a process that SIGPIPE was to kill is exiting */
	WIRE_EXISTING = 9, /* wire_existing: a socket that was there before the attach */
	WIRE_HOLDER =
		11, /* wire_holder: who could read a pipe or a unix socket, at the attach or until it closed that */
	WIRE_RECEIVE = 10,    /* wire_send: a receiving call took an error (only where asked for) */
	WIRE_PEER = 12,	      /* wire_existing: the other end of a connection, searched for after the break */
	WIRE_SIGNAL = 13,     /* wire_signal: a signal ends a process, or asks it to end */
	WIRE_OOM = 14,	      /* wire_oom: the OOM killer has chosen a process */
	WIRE_USER_STACK = 15, /* wire_user_stack: not for recordings */
};

/* Every event begins with this. */
struct wire_header {
	__u16 type;	/* enum wire_type */
	__u16 size;	/* of the whole event */
	__u32 cpu;	/* that made the event */
	__u64 sequence; /* counts the events made on that CPU from 1, those that found no room included; 0: not counted
			 */
	__u64 time_ns;
};
WIRE_ASSERT_SIZE(wire_header, 24);

enum wire_context {
	WIRE_CONTEXT_SOFTIRQ = 0, /* the current task is a bystander: `task` is zero */
	WIRE_CONTEXT_OWNED = 1,	  /* a task holds the socket's lock: it acts, or works off the socket's backlog */
};

enum wire_opened_by {
	WIRE_OPENED_UNKNOWN = 0,
	WIRE_OPENED_BY_US = 1,	 /* connect() */
	WIRE_OPENED_BY_PEER = 2, /* accept() */
};

enum wire_socket_flags {
	WIRE_SOCKET_DEAD = 1,	     /* SOCK_DEAD: no process holds it any more */
	WIRE_SOCKET_LINGER_ZERO = 2, /* SO_LINGER {1, 0} */
	WIRE_SOCKET_KTLS = 4,	     /* the kernel does TLS on it: its upper layer protocol is "tls" */
	/* One of these two; neither: an older program did not look. */
	WIRE_SOCKET_FIN_RECEIVED = 8, /* SOCK_DONE: tcp_fin() has taken the peer's FIN (net/ipv4/tcp_input.c) */
	WIRE_SOCKET_NO_FIN = 16,
	/* Which side sent data last, where `idle` is set. Neither: nobody yet, or both within one jiffy. */
	WIRE_SOCKET_WE_SENT_LAST = 32,
	WIRE_SOCKET_PEER_SENT_LAST = 64,
};

/* Which socket: identity, four-tuple, and how it stands at the event. */
struct wire_socket {
	__u64 cookie;	/* 0: the kernel had given it none yet */
	__u32 netns;	/* inode number of its network namespace */
	__u16 protocol; /* IPPROTO_TCP, or IPPROTO_MPTCP (262) */
	__u8 family;	/* 4 or 6 (of the socket; its addresses may be v4-mapped) */
	__u8 state;	/* TCP_ESTABLISHED = 1 … TCP_CLOSING = 11 (include/net/tcp_states.h) */
	__u8 local[16]; /* IPv4: the first four bytes */
	__u8 remote[16];
	__u16 local_port;
	__u16 remote_port;
	__u16 error;	  /* sk_err */
	__u16 soft_error; /* sk_err_soft */
	__u8 context;	  /* enum wire_context */
	__u8 shutdown;	  /* sk_shutdown: 1 receiving side, 2 sending side */
	__u8 opened_by;	  /* enum wire_opened_by */
	__u8 flags;	  /* enum wire_socket_flags */
	/* TCP: since data was sent or received last, or since the connection was opened, in milliseconds and 1 more; to
	 * a jiffy. 0: an older program did not look, or the socket is no TCP one. */
	__u32 idle;
};
WIRE_ASSERT_SIZE(wire_socket, 64);

/* How far the data got. Sequence numbers are raw (they wrap). */
struct wire_progress {
	__u32 snd_una;	  /* first byte not acknowledged */
	__u32 snd_nxt;	  /* next byte to send */
	__u32 write_seq;  /* end of what the process wrote; counts a queued FIN */
	__u32 rcv_nxt;	  /* next byte expected; counts a received FIN */
	__u32 copied_seq; /* next byte that the process will read */
	__u32 total_retrans;
	__u64 bytes_acked;    /* counts our SYN (where we opened) and our FIN */
	__u64 bytes_received; /* counts the peer's FIN */
	__u64 opened_ns;      /* when the connection was established; 0: before the attach */
	__u32 srtt_us;
	__u32 user_timeout_ms;
	__u8 retransmits; /* icsk_retransmits: of the oldest segment */
	__u8 probes;	  /* icsk_probes_out */
	__u16 reserved;
	__u32 silent_ms; /* since anything came from the peer (rcv_tstamp) */
};
WIRE_ASSERT_SIZE(wire_progress, 64);

/* System calls, by the name that every architecture shares. */
enum wire_syscall {
	WIRE_SYS_UNKNOWN = 0, /* none of these, or a 32-bit task's */
	WIRE_SYS_WRITE = 1,
	WIRE_SYS_WRITEV = 2,
	WIRE_SYS_PWRITEV2 = 3,
	WIRE_SYS_SENDTO = 4,
	WIRE_SYS_SENDMSG = 5,
	WIRE_SYS_SENDMMSG = 6,
	WIRE_SYS_SENDFILE = 7,
	WIRE_SYS_SPLICE = 8,
	WIRE_SYS_IO_URING_ENTER = 9,
	WIRE_SYS_CLOSE = 10,
	WIRE_SYS_SHUTDOWN = 11,
	WIRE_SYS_CONNECT = 12,
	WIRE_SYS_VMSPLICE = 13,
	WIRE_SYS_TEE = 14,
	WIRE_SYS_READ = 15,
	WIRE_SYS_READV = 16,
	WIRE_SYS_RECVFROM = 17,
	WIRE_SYS_RECVMSG = 18,
	WIRE_SYS_RECVMMSG = 19,
	WIRE_SYS_GETSOCKOPT = 20,
};

enum wire_task_flags {
	WIRE_TASK_EXITING = 1,	 /* PF_EXITING: the act is part of the process's end */
	WIRE_TASK_ASKED_FOR = 2, /* one of those that the filters name */
	WIRE_TASK_KERNEL = 4,	 /* PF_KTHREAD: it works for somebody, and is no actor */
};

/* Who acted. All zero where nobody can be named. */
struct wire_task {
	__u32 pid;	 /* process (tgid), in the tracer's pid namespace; 0 where it is not visible there */
	__u32 tid;	 /* thread */
	char comm[16];	 /* the thread's name */
	char name[16];	 /* the process's: its main thread's name */
	__u64 cgroup;	 /* id in the unified hierarchy */
	__u32 exit_code; /* as wait() has it: low 7 bits a signal, bits 8-15 a status; valid with EXITING */
	__u8 flags;	 /* enum wire_task_flags */
	__u8 syscall;	 /* enum wire_syscall */
	__u16 reserved;
	__u32 own_pid; /* process, in its own pid namespace */
	__u32 reserved2;
};
WIRE_ASSERT_SIZE(wire_task, 64);

enum wire_state_flags {
	WIRE_STATE_BY_RESET = 1,   /* the socket accepted a RST: this is its WIRE_RESET_RECEIVED, if none came before */
	WIRE_STATE_LAST_CLOSE = 2, /* the act of the last process that held it: no WIRE_DESTROYED will come */
	WIRE_STATE_HAS_WINDOW = 4, /* `snd_wnd` is set, and the next flag where it is so: not by older programs */
	WIRE_STATE_NO_ROUTE = 8,   /* it had no route to the peer: sk_dst_cache is empty */
};

struct wire_state {
	struct wire_header header;
	struct wire_socket socket; /* .state is still the old one */
	struct wire_progress progress;
	struct wire_task task;
	__u8 old_state;
	__u8 new_state;
	__u8 flags; /* enum wire_state_flags */
	__u8 reserved;
	__u32 snd_wnd; /* the window that the peer offers, in bytes */
};
WIRE_ASSERT_SIZE(wire_state, 224);

#define WIRE_ACT_DEPTH 12
#define WIRE_STACK_WORDS 16

/*
 * The top of a user stack: a leaf function, as the C library's wrapper of a system call is one, keeps no
 * frame pointer, and a walk along those passes over who called it. The caller's address is here.
 */
struct wire_stack_top {
	__u64 words[WIRE_STACK_WORDS]; /* from the stack pointer up; zeros where they could not be read */
};

/* A state change that a process made: the event goes on with the process's user stack. */
struct wire_act {
	struct wire_state state;
	__u32 count;
	__u8 kept_with_stack; /* in the kernel alone */
	__u8 unwound;	      /* see struct wire_unwound_frame */
	__u16 unwound_at;
	__u64 addresses[WIRE_ACT_DEPTH]; /* innermost frame first */
	struct wire_stack_top top;
	__u64 link_register; /* arm64: a leaf's caller is here, and not on the stack; 0 on x86 */
};
WIRE_ASSERT_SIZE(wire_act, 464);

/* A state change that was kept in the kernel until something broke: `header.time_ns` is when it was sent. */
struct wire_kept {
	struct wire_act act; /* without a stack: `count` is 0 */
	__u64 happened_ns;
};
WIRE_ASSERT_SIZE(wire_kept, 472);

struct wire_socket_event {
	struct wire_header header;
	struct wire_socket socket;
	struct wire_progress progress;
	struct wire_task task;
};
WIRE_ASSERT_SIZE(wire_socket_event, 216);

/* The packet that brought a RST. All zero where nobody looked: an older program, or a kernel without trampolines. */
struct wire_reset_packet {
	__u32 interface; /* the index of the one that it came by */
	char interface_name[16];
	__u16 ip_id;   /* IPv4: its identification */
	__u8 ttl;      /* what was left of it, or of IPv6's hop limit */
	__u8 data_ttl; /* of the newest data or FIN that the process has not read yet; 0: there is none */
	__u8 reserved[8];
};
WIRE_ASSERT_SIZE(wire_reset_packet, 32);

struct wire_reset_received {
	struct wire_socket_event seen;
	struct wire_reset_packet packet; /* recordings have it since format 1.10 */
};
WIRE_ASSERT_SIZE(wire_reset_received, 248);

enum wire_reset_kind {
	WIRE_RESET_ACTIVE = 1,	/* sent by a socket of its own accord */
	WIRE_RESET_PASSIVE = 2, /* the answer to a segment */
};

struct wire_reset_sent {
	struct wire_header header;
	struct wire_socket socket; /* of the sender; for an answer the four-tuple comes from the provoking segment.
				    * .state 0: the segment belonged to no socket */
	struct wire_task task;	   /* where a process aborted its own socket */
	__u32 segment_seq;	   /* PASSIVE: the provoking segment's initial sequence number */
	__u32 segment_len;	   /* PASSIVE: its payload, in bytes */
	__u32 own_nxt;		   /* ACTIVE: the sender's snd_nxt */
	__u8 kind;		   /* enum wire_reset_kind */
	__u8 reason;		   /* enum wire_reset_reason */
	__u8 segment_flags;	   /* PASSIVE: TCP flags byte (FIN 1, SYN 2, RST 4, PSH 8, ACK 16) */
	__u8 aborts_on_overflow;   /* LISTEN: net.ipv4.tcp_abort_on_overflow of its namespace */
	/* LISTEN: its accept queue at that moment; zero for other senders. */
	__u32 queue_length;  /* sk_ack_backlog */
	__u32 queue_limit;   /* sk_max_ack_backlog: what listen() was given, cut to somaxconn */
	__u32 queue_dropped; /* sk_drops: SYNs and last segments of handshakes dropped since it listens */
	__u32 reserved;
};
WIRE_ASSERT_SIZE(wire_reset_sent, 184);

/* The kernel's reason, renumbered: its own numbers move from release to release. */
enum wire_reset_reason {
	WIRE_REASON_UNKNOWN = 0, /* the kernel gives none (before 6.10), or one without a name here */
	WIRE_REASON_NO_SOCKET = 1,
	WIRE_REASON_ABORT_ON_DATA = 2,
	WIRE_REASON_TIMEWAIT_SOCKET = 3,
	WIRE_REASON_ABORT_ON_CLOSE = 4,
	WIRE_REASON_STATE = 5,
	WIRE_REASON_OTHER = 6,
	WIRE_REASON_KEEPALIVE_TIMEOUT = 7,
	WIRE_REASON_FLAGS = 8,	     /* a listener got a segment of a connection that it does not know */
	WIRE_REASON_INVALID_SYN = 9, /* a listener ended a handshake: a full queue, where the segment is no SYN */
	WIRE_REASON_INVALID_ACK_SEQUENCE = 10,
	WIRE_REASON_PAWS = 11,
	WIRE_REASON_TOO_OLD_ACK = 12,
	WIRE_REASON_ACK_UNSENT_DATA = 13,
	WIRE_REASON_OLD_ACK = 14,
	WIRE_REASON_ABORT_ON_LINGER = 15,
	WIRE_REASON_ABORT_ON_MEMORY = 16,
	WIRE_REASON_DISCONNECT_WITH_DATA = 17,
	WIRE_REASON_MPTCP_EUNSPEC = 18,
	WIRE_REASON_MPTCP_EMPTCP = 19,
	WIRE_REASON_MPTCP_ERESOURCE = 20,
	WIRE_REASON_MPTCP_EPROHIBIT = 21,
	WIRE_REASON_MPTCP_EWQ2BIG = 22,
	WIRE_REASON_MPTCP_EBADPERF = 23,
	WIRE_REASON_MPTCP_EMIDDLEBOX = 24,
};

enum wire_file_kind {
	WIRE_FILE_UNKNOWN = 0,
	WIRE_FILE_TCP = 1, /* MPTCP included: see socket.protocol */
	WIRE_FILE_UNIX = 2,
	WIRE_FILE_PIPE = 3,
	WIRE_FILE_OTHER = 4,
};

/* Does the file that the call's descriptor names now give an EPIPE? Another thread may have put another file there. */
enum wire_file_state {
	WIRE_FILE_NOT_ASKED = 0, /* by an older program, or the file is not known */
	WIRE_FILE_BROKEN = 1,	 /* yes: no reader, the peer gone, a side shut down, the connection over */
	WIRE_FILE_WHOLE = 2,	 /* no: it is another file than the one that failed */
};

/* The call that sends: what the task asked for. */
struct wire_call {
	__s32 fd;	     /* -1: not known */
	__u32 msg_flags;     /* MSG_… of a send call; 0 for others */
	__u64 bytes;	     /* asked to write; ~0: not known */
	__u64 inode;	     /* of the file; 0: not known */
	__u8 file_kind;	     /* enum wire_file_kind */
	__u8 unix_peer_gone; /* a unix socket whose other end is closed */
	__u8 file_state;     /* enum wire_file_state */
	__u8 addressed;	     /* the call names the address that it sends to */
	__u8 reserved[4];
};
WIRE_ASSERT_SIZE(wire_call, 32);

#define WIRE_STACK_DEPTH 24

/* A frame as bpf_get_stack() gives it with BPF_F_USER_BUILD_ID (linux/bpf.h: bpf_stack_build_id). */
struct wire_frame {
	__s32 status; /* 1: build_id and an offset into the file; 2: an instruction pointer only */
	__u8 build_id[20];
	__u64 offset_or_ip;
};
WIRE_ASSERT_SIZE(wire_frame, 32);

/* The user stack, innermost frame first; a count of 0 where none could be taken. */
struct wire_stack {
	__u32 count;
	__u32 frame_count; /* of `frames`; may differ where the two walks saw different ends */
	__u64 addresses[WIRE_STACK_DEPTH];
	struct wire_frame frames[WIRE_STACK_DEPTH];
	struct wire_stack_top top;
};
WIRE_ASSERT_SIZE(wire_stack, 1096);

struct wire_send {
	struct wire_header header;
	struct wire_socket socket;
	struct wire_progress progress;
	struct wire_task task;
	struct wire_call call;
	__s32 result;	      /* bytes taken, or a negative errno */
	__u8 sigpipe_follows; /* reported before the SIGPIPE that is due is sent, not after it */
	__u8 unwound;	      /* see struct wire_unwound_frame */
	__u16 unwound_at;
	struct wire_stack stack; /* only where the send failed and no SIGPIPE was due */
	__u64 link_register;
	struct wire_task unix_peer; /* who connected or listened at the other end of a unix socket (sk_peer_pid) */
};
WIRE_ASSERT_SIZE(wire_send, 1424);

enum wire_sigpipe_result { /* enum trace result of signal_generate (include/trace/events/signal.h) */
			   WIRE_SIGNAL_DELIVERED = 0,
			   WIRE_SIGNAL_IGNORED = 1,
			   WIRE_SIGNAL_ALREADY_PENDING = 2,
};

enum wire_signal_origin {
	WIRE_SIGNAL_OF_UNKNOWN = 0,	  /* an older program did not look: the task that was current */
	WIRE_SIGNAL_OF_PROCESS = 1,	  /* kill(), raise(), sigqueue(), tgkill(): the current task is the sender */
	WIRE_SIGNAL_OF_TIMER = 2,	  /* a POSIX timer's; the current task is whoever ran just then */
	WIRE_SIGNAL_OF_PARENT = 3,	  /* PR_SET_PDEATHSIG: the current task is the parent that dies */
	WIRE_SIGNAL_OF_KERNEL = 4,	  /* else: F_SETSIG, mq_notify(), a child's exit signal; no sender */
	WIRE_SIGNAL_OF_CGROUP = 5,	  /* cgroup.kill: the current task wrote to it */
	WIRE_SIGNAL_OF_PID_NAMESPACE = 6, /* the current task is the first of its pid namespace, and ends */
	WIRE_SIGNAL_OF_TERMINAL = 7,	  /* a terminal's keys, or its end; no sender */
	WIRE_SIGNAL_OF_FAULT = 8,	  /* an instruction of the process itself: `address` is what it touched */
};

struct wire_sigpipe {
	struct wire_header header;
	struct wire_socket socket; /* zero where the file is no IP socket */
	struct wire_task task;
	struct wire_call call;
	__u8 result;	 /* enum wire_sigpipe_result */
	__u8 blocked;	 /* the thread blocks SIGPIPE */
	__u8 handler;	 /* 0 SIG_DFL, 1 SIG_IGN, 2 a function */
	__u8 by_process; /* no write drew it: then `call` says nothing, `task` is who gets it */
	__u8 origin;	 /* by_process: enum wire_signal_origin */
	__u8 unwound;	 /* see struct wire_unwound_frame */
	__u16 unwound_at;
	struct wire_stack stack;
	struct wire_task sender; /* by_process: who sent it; zero where nobody did */
	__u64 link_register;
	struct wire_task unix_peer; /* as in wire_send */
};
WIRE_ASSERT_SIZE(wire_sigpipe, 1424);

struct wire_exit {
	struct wire_header header;
	struct wire_task task;
};
WIRE_ASSERT_SIZE(wire_exit, 88);

#define WIRE_ANCESTORS 6

struct wire_ancestor {
	__u32 pid; /* in the tracer's pid namespace; 0 where it is not visible there */
	char name[16];
};

struct wire_signal {
	struct wire_header header;
	struct wire_task task;	 /* who gets it */
	struct wire_task sender; /* the current task, where it is the one that sent it */
	__u8 signal;
	__u8 origin;  /* enum wire_signal_origin */
	__u8 handler; /* as in wire_sigpipe: 0 SIG_DFL, 2 a function */
	__u8 reserved;
	__s32 code;	    /* si_code; 0 where there was no siginfo */
	__u64 address;	    /* OF_FAULT: si_addr */
	__u64 memory_used;  /* the kernel's SIGKILL: of the nearest memory cgroup that is at its limit; 0: none is */
	__u64 memory_limit; /* in bytes, as memory_used */
	char memory_cgroup[64]; /* the last component of its path */
	__u32 ancestor_count;
	struct wire_ancestor ancestors[WIRE_ANCESTORS]; /* of the sender, its parent first */
	__u32 reserved2;
};
WIRE_ASSERT_SIZE(wire_signal, 376);

struct wire_oom {
	struct wire_header header;
	__u32 pid; /* the process, in the tracer's pid namespace */
	__u32 reserved;
};
WIRE_ASSERT_SIZE(wire_oom, 32);

struct wire_existing {
	struct wire_header header; /* .sequence 0: an iterator cannot lose events */
	struct wire_socket socket;
	struct wire_progress progress;
	struct wire_task task; /* who holds it */
	__s32 fd;
	__u32 reserved;
};
WIRE_ASSERT_SIZE(wire_existing, 224);

struct wire_holder {
	struct wire_header header; /* .sequence 0, as wire_existing: it was found at the attach */
	struct wire_task task;
	__u64 other_inode; /* of the end that would write to it: the pipe itself, or the unix socket's peer */
	__u8 file_kind;	   /* enum wire_file_kind */
	__u8 reserved[7];
	__u64 ended_ns; /* when the task closed it, as the last; 0: it was found at the attach */
};
WIRE_ASSERT_SIZE(wire_holder, 112);

#define WIRE_USER_STACK_BYTES 49152 /* Node has 37 KiB below what calls its event loop */
#define WIRE_USER_STACK_PIECE 2048
#define WIRE_REGISTERS 34 /* the most that an architecture has in its struct pt_regs */

/*
 * What a walk along frame pointers cannot see: the stack itself, made just before the wire_send, wire_sigpipe or
 * wire_act of the same task on the same CPU. A process's data: the reader unwinds it at once, puts what it found into
 * that event, and forgets it. It goes into no recording.
 */
struct wire_user_stack {
	struct wire_header header; /* .sequence 0: one that finds no room is no loss; .size is all it has room for */
	__u32 pid;		   /* as in wire_task */
	__u32 tid;
	__u32 bytes;			   /* of `stack`, in whole pieces */
	__u32 absent;			   /* a bit for each of these that was not in memory */
	__u64 registers[WIRE_REGISTERS];   /* as struct pt_regs begins */
	__u8 stack[WIRE_USER_STACK_BYTES]; /* from the piece of memory that the stack pointer is in */
};
WIRE_ASSERT_SIZE(wire_user_stack, 49464);

#define WIRE_UNWOUND_MAX 64

/*
 * The reader's: a frame of a stack that it has unwound. In a recording an event has `unwound` of them, innermost first,
 * from its byte `unwound_at` on; its own stack has the first of them, too. A wire_act has them behind what makes it a
 * wire_kept.
 */
struct wire_unwound_frame {
	__u64 address;
	__u64 offset;	   /* into the file */
	__u8 build_id[20]; /* zeros: not known, nor is the offset */
	__u32 reserved;
};
WIRE_ASSERT_SIZE(wire_unwound_frame, 40);

#endif
