/* What the stories share, so that each of them reads like the sequence of acts that it is. */
#ifndef TCPBLAME_TESTS_STORY_H
#define TCPBLAME_TESTS_STORY_H

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A story has three kinds of processes. The teller (the program as it was started) makes no socket: it forks the
 * others, waits for them, checks how each of them ended and prints the truth. "Us" is the process that writes, the
 * one a person would ask tcpblame about. The peer, where there is one, holds the other end of the connection.
 * Each socket has exactly one holder, or no FIN would go out when that one closes: us and the peer are forked before
 * there is any socket, and where they share a pair, each closes the end that is the other's.
 */

/* A step that one process makes and another waits for; OWN_STEP is for whatever a single story needs. */
enum step { BORN, GO, LISTENING, CONNECTED, OWN_STEP, STEPS };

struct process {
	pid_t pid;
	pid_t tid;
	char comm[16]; /* the thread's name */
	char name[16]; /* the main thread's name */
};

/* A write that the kernel turned down. */
struct attempt {
	struct process by;
	const char *syscall;
	const char *disposition; /* of the SIGPIPE; NULL where none was due */
	int fd;
	int error;
	size_t bytes;
};

/* Shared by all processes of the story: what us noted down is known after a SIGPIPE has killed it. */
struct story {
	int port;
	int family; /* AF_INET or AF_INET6 */
	const char *choice;
	sem_t steps[STEPS];
	struct process us;
	struct process peer;
	char local[64]; /* the connection, seen from us */
	char remote[64];
	int local_port;
	int remote_port;
	struct attempt attempts[4];
	int attempt_count;
};

extern struct story *story;

/* ---- processes and steps (story.c) ---- */

/* An option of one story: its name and what may be chosen; the first choice is the default. */
struct story_option {
	const char *name;
	const char *choices[5];
};

/* Reads the command line and prepares the shared memory; @option may be NULL. */
void story_begin(int argc, char **argv, const struct story_option *option);

/*
 * Forks a process called @name that runs @act and must then exit with 0 or, if @signal is not 0, die of that signal.
 * Returns when the process bears its name; @facts (in the shared memory) says who it is.
 */
void start_process(const char *name, void (*act)(void), int signal, struct process *facts);

/* Tells the runner who us is and waits for its "go"; then the first act may begin. */
void ready_and_go(void);

/* Waits for every process that the caller started, or for this one, and checks that each ended as foretold. */
void await_ends(void);
void await_end_of(const struct process *process);

void announce(enum step step);
void await(enum step step);

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
void check(bool as_intended, const char *what); /* dies with @what and errno unless @as_intended */

/* ---- sockets and writes (connection.c) ---- */

int us_accepts(void);	 /* us is the server: the one connection it gets */
int peer_connects(void); /* … and the peer its client */
int us_connects(void);	 /* us is the client */
int peer_accepts(void);	 /* … and the peer its server */

int bound_socket(void); /* a TCP socket bound to the story's port, not listening */
int connect_to_port(
	int flags); /* a socket (of type SOCK_STREAM | @flags) whose connect() was called; errno is its result */
void note_connection_to_port(int fd);

/* Without taking the socket's error: neither TCP_INFO nor poll() does. */
void wait_for_state(int fd, int tcp_state);
void wait_for_poll(int fd, short events);
void wait_for_queue(int fd, unsigned long request, int bytes); /* SIOCOUTQ or FIONREAD */

enum way { BY_WRITE, BY_WRITEV, BY_SENDMSG, BY_SEND, BY_SEND_NOSIGNAL };

/* The kernel must take all of it. */
void send_in_full(enum way way, int fd, size_t bytes);

/* The kernel must turn it down with @error; @disposition is what becomes of the SIGPIPE, NULL where none is due. */
void send_in_vain(enum way way, int fd, size_t bytes, int error, const char *disposition);

/* A second thread, "flusher", writes and the SIGPIPE kills the process. */
_Noreturn void flusher_is_killed(int fd, size_t bytes);

/* The first write a while after a peer's close(): 3 bytes are taken, and draw the RST that ends the connection. */
void write_after_fin(enum way way, int fd);

/* The same as soon as the FIN is here: it may overtake our ACK of it. */
void write_on_seeing_fin(enum way way, int fd);

/* ---- the truth (truth.c) ---- */

enum known_connection { NO_CONNECTION, ONLY_FAMILY, WHOLE_CONNECTION };

struct byte_counts {
	int unacknowledged;
	int unread;
};

struct peer_act {
	const char *act;
	const char *signal; /* NULL: not asserted, as are the two below if 0 */
	bool linger_zero;
	int unread;
};

/* What the tool's line must say; a NULL pointer asserts nothing, but where the comment says otherwise. */
struct truth {
	const char *type;
	const char *cause;
	const char *modifier;	       /* NULL: a verdict must have none */
	const struct attempt *attempt; /* a verdict has one */
	const char *file;	       /* what was written to */
	enum known_connection connection;
	const char *opened_by;
	const struct byte_counts *bytes;
	const struct peer_act *peer;
};

void tell(const struct truth *truth);

#endif
