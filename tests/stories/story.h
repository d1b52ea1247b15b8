/* What the stories share, so that each of them reads like the sequence of acts that it is. */
#ifndef TCPBLAME_TESTS_STORY_H
#define TCPBLAME_TESTS_STORY_H

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A story has three kinds of processes. The publisher (the program as it was started) makes no socket: it forks the
 * others, waits for them, checks how each of them ended and prints the truth. "Us" is the process that writes, the
 * one a person would ask tcpblame about. The peer, where there is one, holds the other end of the connection.
 * Each socket has exactly one holder, or no FIN would go out when that one closes: us and the peer are forked before
 * there is any socket, and where they share a pair, each closes the end that is the other's.
 */

/* A step that one process makes and another waits for; from OWN_STEP on they are for whatever a single story needs. */
enum step { BORN, GO, LISTENING, CONNECTED, OWN_STEP, SECOND_STEP, THIRD_STEP, OVER, STEPS };

struct process {
	pid_t pid;
	pid_t tid;
	pid_t own_pid;	   /* in its own pid namespace; 0 where that is the runner's */
	char comm[16];	   /* the thread's name */
	char name[16];	   /* the main thread's name */
	const char *shown; /* both names as JSON has them, where a truth cannot print them as they are */
};

enum { MAX_ATTEMPTS = 256 };

/* A write that the kernel turned down. */
struct attempt {
	struct process by;
	const char *syscall;
	const char *disposition; /* of the SIGPIPE; NULL where none was due */
	int fd;
	int error;
	size_t bytes;
	/* Far from the call's arguments: the tool need not know it, but must not be wrong. */
	bool elusive_fd;
	bool elusive_bytes;
	char local[64]; /* the connection at that time, as far as it was noted */
	char remote[64];
};

/* Shared by all processes of the story: what us noted down is known after a SIGPIPE has killed it. */
struct story {
	int port;
	int family;  /* AF_INET or AF_INET6 */
	bool mapped; /* IPv4 over AF_INET6 sockets: ::ffff:127.0.0.1 */
	const char *choice;
	sem_t steps[STEPS];
	struct process us;
	struct process peer;
	struct process other; /* a third one, where the story has it */
	struct process fourth;
	int own;	    /* whatever a single story needs */
	char container[65]; /* the id of the container that all are in; empty where it is none */
	char local[64];	    /* the connection, seen from us */
	char remote[64];
	int local_port;
	int remote_port;
	unsigned long netns;   /* of our end; 0: not asserted */
	const char *server[2]; /* the server's address in IPv4 and in IPv6; NULL: loopback */
	int protocol;	       /* 0: TCP */
	struct attempt attempts[MAX_ATTEMPTS];
	int attempt_count;
	int noted; /* whatever number the truth of a single story needs */
};

extern struct story *story;

/* ---- processes and steps (story.c) ---- */

/* An option of one story: its name and what may be chosen; the first choice is the default. */
struct story_option {
	const char *name;
	const char *choices[8];
};

/* Reads the command line and prepares the shared memory; @option may be NULL. */
void story_begin(int argc, char **argv, const struct story_option *option);

/*
 * Forks a process called @name that runs @act and must then exit with 0 or, if @signal is not 0, die of that signal.
 * Returns when the process bears its name; @facts (in the shared memory) says who it is.
 */
void start_process(const char *name, void (*act)(void), int signal, struct process *facts);

/* The caller waits for this one in place of the parent that started it, once that is gone. */
void adopt(const struct process *process, int signal);

/* Reports the runner who us is and waits for its "go"; then the first act may begin. */
void ready_and_go(void);

/* The processes act from here on: first us ends, then whoever waits for OVER. */
void play(void);

/* A story of us and a peer that exits with 0, and of nobody else: from their start to their end. */
void us_and_peer(const char *us_name, void (*us)(void), int signal, const char *peer_name, void (*peer)(void));

/* Waits for every process that the caller started, or for this one, and checks that each ended as foretold. */
void await_ends(void);
void await_end_of(const struct process *process);

/* What the runner calls us, whatever pid namespace we are in. */
pid_t pid_for_runner(void);
pid_t tid_for_runner(void);

void announce(enum step step);
void await(enum step step);

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
void check(bool as_intended, const char *what); /* dies with @what and errno unless @as_intended */

/* ---- sockets and writes (connection.c) ---- */

int us_accepts(void);	 /* us is the server: the one connection it gets */
int peer_connects(void); /* … and the peer its client */
int us_connects(void);	 /* us is the client */
int peer_accepts(void);	 /* … and the peer its server */

int listening_socket(int backlog); /* for stories with more than one connection; it waits for no step */
int us_accepts_from(int listener);

int bound_socket(void); /* a TCP socket bound to the story's port, not listening */
int connect_to_port(
	int flags); /* a socket (of type SOCK_STREAM | @flags) whose connect() was called; errno is its result */
void connect_socket(int fd); /* connect() to the story's port; errno is its result */
void note_connection_to_port(int fd);
void connect_to_oneself(int ends[2]); /* a connection of the caller alone, at a port of the kernel's choice */

void set_option(int fd, int level, int option, int value);

/* Closes with SO_LINGER {1, 0}: a RST goes out. */
void close_with_reset(int fd);

/* Without taking the socket's error: neither TCP_INFO nor poll() does. */
void wait_for_state(int fd, int tcp_state);
void live_on(int fd); /* until OVER, and for as long as the tool may look for its socket afterwards */
void wait_for_peer_state(int tcp_state); /* in the network that the caller is in; -1: gone */
void wait_until_gone(void);		 /* our socket has left the kernel's table */
void wait_for_poll(int fd, short events);
void wait_for_probe(int fd); /* all that was sent is acknowledged, and the window is shut */
void wait_for_queue(int fd, unsigned long request, int bytes); /* SIOCOUTQ or FIONREAD */
void wait_for_fin(int fd);				       /* the peer's FIN is here, and our ACK of it there */

/* Until the main thread of @process waits for something in the kernel. */
void wait_until_asleep(const struct process *process);

enum way {
	BY_WRITE,
	BY_WRITEV,
	BY_SENDMSG,
	BY_SEND,
	BY_SEND_NOSIGNAL,
	BY_SENDMMSG,
	BY_PWRITEV2,
	BY_SENDFILE,
	BY_SPLICE,
	BY_IO_URING,
};

/* Returns what write() would, and sets errno as it does. The ways that take more than a line are in ways.c. */
ssize_t hand_over(enum way way, int fd, size_t bytes);
ssize_t send_by_sendfile(int fd, const void *data, size_t bytes);
ssize_t send_by_splice(int fd, const void *data, size_t bytes);
ssize_t send_by_io_uring(int fd, const void *data, size_t bytes);

/* The kernel must take all of it. */
void send_in_full(enum way way, int fd, size_t bytes);

/* Notes down, as the calling thread, the write that is about to fail: there may be no afterwards. */
struct attempt *foretell(enum way way, int fd, size_t bytes, int error, const char *disposition);

/* The kernel must turn it down with @error; @disposition is what becomes of the SIGPIPE, NULL where none is due. */
void send_in_vain(enum way way, int fd, size_t bytes, int error, const char *disposition);

/* A second thread, "flusher", writes and the SIGPIPE kills the process. */
_Noreturn void flusher_is_killed(int fd, size_t bytes);

/* Once the connection is over: the next write takes its @error, and the one after it, the flusher's, is killed. */
_Noreturn void write_until_killed(enum way way, int fd, int error);

/* The first write a while after a peer's close(): 3 bytes are taken, and draw the RST that ends the connection. */
void write_after_fin(enum way way, int fd);

/* … and the second, the flusher's, is killed. */
_Noreturn void write_twice_after_fin(int fd);

/* A client that does so once it is connected: SECOND_STEP. */
void chatty_client(void);

/* The first write as soon as the FIN is here: it may overtake our ACK of it. */
void write_on_seeing_fin(enum way way, int fd);

/* ---- the truth (truth.c) ---- */

enum known_connection { WHOLE_CONNECTION, ONLY_FAMILY, NO_CONNECTION };

struct byte_counts {
	int unacknowledged;
	int unread;
};

/*
 * Who closes a pipe or a unix socket and lives on is seen where the kernel permits a trampoline or a kprobe; it permits
 * both, or none.
 */
bool file_close_is_seen(void);

/* The packet of a RST is seen where the kernel permits a trampoline, since 5.11. */
bool reset_packet_is_seen(void);

struct peer_act {
	const char *act;
	bool by_anyone;	    /* its process is not asserted */
	bool by_any_thread; /* nor which of its threads it was */
	bool by_pid;	    /* nor its name: no more than its pid was kept */
	const char *signal; /* NULL: not asserted, as are the two below if 0 */
	bool linger_zero;
	int unread;
	const char *called_in; /* a function that must be in its stack; NULL: not asserted */
};

/* How the connection was given up; what is 0 is not asserted. */
struct timeout {
	const char *kind;
	int min_retransmits;
	int min_probes;
	int user_timeout_ms;
};

/* The nearest link of the chain of reasons. */
struct why {
	const char *code;
	const char *or_code;	       /* will do as well */
	const char *confidence;	       /* NULL: observed */
	const char *or_confidence;     /* will do as well */
	const struct process *process; /* NULL: not asserted */
	const char *signal;	       /* NULL: not asserted, as is what is 0 below */
	int bytes;		       /* that it is about */
	int backlog;		       /* of the listener */
	int min_dropped;	       /* by the listener */
	const char *origin;	       /* of the signal, as are the next two */
	const struct process *sender;
	bool no_sender;		   /* nobody must be named as its sender */
	long address;		   /* that a fault touched */
	const char *memory_cgroup; /* that was at its limit */
	long memory_limit;
	int min_lasted_ms;
	const struct process *ended_by; /* of a relay's other connection, and by which act */
	const char *by_act;
};

/* A process and its descriptor of the connection. */
struct holder {
	const struct process *process;
	int fd;
};

/* A SIGPIPE that no write drew. */
struct stray_signal {
	const struct process *receiver;
	const struct process *sender; /* NULL: nobody must be named */
	const char *origin;	      /* NULL: process */
	const char *disposition;      /* NULL: killed */
};

/* What the tool's line must say; a NULL pointer asserts nothing, but where the comment says otherwise. */
struct truth {
	const char *type;
	const char *cause;
	const char *modifier;	       /* NULL: a verdict must have none */
	const struct attempt *attempt; /* a verdict has one */
	const char *file;	       /* what was written to */
	bool elusive_file;	       /* that need not be known */
	enum known_connection connection;
	const char *opened_by;
	const struct byte_counts *bytes;
	const struct peer_act *peer;

	const char *confidence;	   /* NULL: observed */
	const char *or_confidence; /* will do as well, as will the other cause */
	const char *or_cause;
	bool elusive_peer;	     /* who opened the connection, and who ended it, may be unknown, but not wrong */
	bool located;		     /* the attempt's stack and its process's cgroup must be known */
	const struct holder *holder; /* of a connection that nobody wrote to */
	const char *closed_first;
	const struct process *killed_by;
	const struct stray_signal *stray;

	const struct timeout *timeout;
	const struct why *why;
	bool no_why;		  /* no reason must be given */
	const char *reset_origin; /* where the RST came from: "between" the two ends */
	struct {
		const char *interface; /* NULL: not asserted, nor is the rest */
		int ttl;
		int data_ttl; /* 0: nothing waits to be read */
	} reset_packet;	      /* of the RST that came, where that is seen */
	const char *icmp;     /* what kind of ICMP error it was */
	bool no_icmp;	      /* nobody has sent any */
	int unread_by_peer;   /* bytes that its kernel had acknowledged; 0: not asserted */
	bool no_byte_counts;  /* nothing that the socket counts is the connection's any more */
	bool no_fin_received; /* its ladder must have no FIN of the peer */
	bool fin_received;    /* or it must have one */
	int written;	      /* bytes of a write in its ladder that succeeded; 0: not asserted */
	bool no_peer;	      /* nobody must be named */
	int count;	      /* so many lines must say this; 0: one */
	struct {
		const char *local;
		const char *remote;
	} translated;		  /* the connection as its other end has it */
	const char *reset_reason; /* of the kernel that sent the RST, where it gives one */
	bool not_translated;	  /* no other end by other addresses must be named */
};

void report(const struct truth *truth);

/*
 * The failed writes of a story that are all due to the same: a verdict each. The first finds the connection's error,
 * and the later ones find it taken. @truth needs no type, no attempt, and no file where that is a TCP socket.
 */
void report_writes(const struct truth *truth);

/* No line of this type is expected, and none must be there. */
void report_none(const char *type);

#endif
