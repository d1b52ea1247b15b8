/* What goes over a wire, as a packet socket beside it hears it: whether a RST came, and over which. */
#ifndef TCPBLAME_TESTS_OVERHEARD_H
#define TCPBLAME_TESTS_OVERHEARD_H

/* Hears what comes in by this device of the network that the caller is in, from now on. */
int overhear(const char *device);

/* How many RSTs of TCP came since the last time. */
int resets_overheard(int fd);

#endif
