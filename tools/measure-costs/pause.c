/*
 * The one process of the test pods: answers every HTTP request on port 8080 with 200, so that probes succeed, and ends on SIGTERM.
 * Static and small, so that what is measured is the node's daemons and not the pods. With any argument it sleeps a second and ends well,
 * as the pod of a Job does.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void stop(int sig)
{
	(void)sig;
	_exit(0);
}

int main(int argc, char **argv)
{
	static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(8080) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	char buf[1024];

	(void)argv;
	if (argc > 1) {
		sleep(1);
		return 0;
	}
	signal(SIGTERM, stop);
	signal(SIGINT, stop);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	/* The first process of a pod gets the port and answers; those after it find it taken and only wait. */
	if (bind(fd, (struct sockaddr *)&addr, sizeof addr) || listen(fd, 16))
		for (;;)
			pause();
	for (;;) {
		int c = accept(fd, NULL, NULL);

		if (c < 0)
			continue;
		if (read(c, buf, sizeof buf) > 0 && write(c, answer, sizeof answer - 1) < 0)
			exit(1);
		close(c);
	}
}
