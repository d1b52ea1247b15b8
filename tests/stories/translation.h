/* A router between two networks that translates, as a container host does for a published port: DNAT and masquerade. */
#ifndef TCPBLAME_TESTS_TRANSLATION_H
#define TCPBLAME_TESTS_TRANSLATION_H

#include <stdbool.h>

/* What the client connects to, at the story's port: nobody has this address. */
#define SERVICE_IPV4 "10.78.0.80"
#define SERVICE_IPV6 "fd78::80"
/* Where the server is, and whom it takes for its client: the router's end of the wire. */
#define SERVER_IPV4 "10.79.0.2"
#define SERVER_IPV6 "fd79::2"
#define ROUTER_IPV4 "10.79.0.1"
#define ROUTER_IPV6 "fd79::1"

/*
 * The client is to be in the near network, where the caller is then, and the server in the far one. In the third, the
 * router's, what goes to the service is sent to the server, and, where it masquerades, seems to come from the router.
 */
void translated_networks(bool masquerades);

/* The same without a translation: the router only routes. */
void routed_networks(void);

/* In the network that the caller is in: has nft read these rules, as its manual page has them. */
void set_rules(const char *rules);

/* From now on who connects does so to the service: the server listens at its own address. */
void offer_service(void);

/* The connection as the server has it, once the client has noted it: as text, of which the last two are kept. */
const char *server_address(void);
const char *router_address(void);
const char *service_address(void);

#endif
