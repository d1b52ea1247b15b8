/*
 * A process may call itself whatever fits into 15 bytes. This one's name would turn a terminal red, end a JSON string,
 * begin a line of its own and break a reader of UTF-8. It dies of SIGPIPE like any other.
 */
#include "story.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/* Invalid: the lone ff, the c3 with no continuation, and the e2 82 that ends too early. The e-acute is fine. */
#define NAME "\033[31m\"\\\n\xff\xc3(\xc3\xa9\xe2\x82"
#define NAME_IN_JSON "\\u001b[31m\\\"\\\\\\n\\ufffd\\ufffd(\\u00e9\\ufffd"

static void client(void)
{
	close(peer_connects());
}

static void server(void)
{
	int fd = us_accepts();

	write_after_fin(BY_WRITE, fd);
	send_in_vain(BY_WRITE, fd, 512, EPIPE, "killed");
}

int main(int argc, char **argv)
{
	_Static_assert(sizeof(NAME) == 16, "as long as a name may be");
	story_begin(argc, argv, NULL);
	story->us.shown = NAME_IN_JSON;
	us_and_peer(NAME, server, SIGPIPE, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = 3, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
