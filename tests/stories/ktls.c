/*
 * The server's kernel does the TLS of its connection (kTLS): what it writes goes out in records. The client closes;
 * the server's first record succeeds all the same and draws a RST, and its next write is killed by SIGPIPE; or, with
 * "--disposition ignored", fails. The record's way through TCP fails first, and then the write itself: two SIGPIPEs
 * may be sent for one write.
 */
#include "story.h"

#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#ifndef TCP_ULP
#define TCP_ULP 31
#endif

static const struct story_option disposition = {"disposition", {"killed", "ignored"}};

enum {
	WRITTEN = 3,
	/* A record of TLS 1.2 has a header of 5 bytes, a nonce of 8 and a tag of 16. */
	SENT = WRITTEN + 5 + 8 + 16,
};

static void let_kernel_encrypt(int fd)
{
	/* All-zero keys: nobody will decrypt it. */
	struct tls12_crypto_info_aes_gcm_128 keys = {
		.info = {.version = TLS_1_2_VERSION, .cipher_type = TLS_CIPHER_AES_GCM_128},
	};

	check(setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")) == 0, "setsockopt(TCP_ULP)");
	check(setsockopt(fd, SOL_TLS, TLS_TX, &keys, sizeof(keys)) == 0, "setsockopt(TLS_TX)");
	announce(OWN_STEP);
}

static void client(void)
{
	int fd = peer_connects();

	await(OWN_STEP);
	close(fd);
}

static void server(void)
{
	int fd = us_accepts();

	let_kernel_encrypt(fd);
	write_after_fin(BY_WRITE, fd);
	if (strcmp(story->choice, "ignored") == 0) {
		signal(SIGPIPE, SIG_IGN);
		send_in_vain(BY_WRITE, fd, 512, EPIPE, "ignored");
		return;
	}
	flusher_is_killed(fd, 512);
}

int main(int argc, char **argv)
{
	story_begin(argc, argv, &disposition);
	us_and_peer("orders-api", server, strcmp(story->choice, "killed") == 0 ? SIGPIPE : 0, "client", client);
	report_writes(&(struct truth){
		.cause = "peer-closed",
		.file = "ktls",
		.opened_by = "peer",
		.bytes = &(struct byte_counts){.unacknowledged = SENT, .unread = 0},
		.peer = &(struct peer_act){.act = "close"},
	});
}
