// A line between two network namespaces, for kernels without netem: carries IPv4 packets between two TUN devices with
// delay, loss and a rate, and leaves out what is blocked.
// Usage: line NAMESPACE_A DEVICE_A NAMESPACE_B DEVICE_B. Each line of stdin replaces the whole setting:
//   DELAY_US LOSS_PPM RATE_BPS CUT UDP_BLOCKED TCP_BLOCKED [BLOCKED_TCP_PORT...]
// and is answered with "ok". The end of stdin ends the process.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PACKET = 2048, QUEUE = 8192, MAX_PORTS = 32, MAX_BATCH = 64 };

// Longest delay in the queue of a limited line before it drops, in microseconds.
static const uint64_t BUFFER_US = 250000;

struct setting {
	uint64_t delay_us, loss_ppm, rate_bps;
	int cut, udp_blocked, tcp_blocked, ports;
	unsigned port[MAX_PORTS];
};

struct packet {
	uint64_t due;
	int length;
	unsigned char data[MAX_PACKET];
};

// One direction.
struct way {
	int in, out;
	uint64_t idle_at, last_due;
	unsigned head, tail;
	struct packet *queue;
};

static struct setting setting;

static uint64_t now_us(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int open_device(const char *namespace, const char *name)
{
	char path[256];
	snprintf(path, sizeof path, "/run/netns/%s", namespace);
	int there = open(path, O_RDONLY | O_CLOEXEC);
	if (there < 0 || setns(there, CLONE_NEWNET)) fail(path);
	close(there);
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (device < 0 || ioctl(device, TUNSETIFF, &request)) fail(name);
	return device;
}

static int blocked_port(unsigned port)
{
	for (int i = 0; i < setting.ports; i++) if (setting.port[i] == port) return 1;
	return 0;
}

static int passes(const unsigned char *data, int length)
{
	if (setting.cut || length < 20 || data[0] >> 4 != 4) return 0;
	if (setting.loss_ppm > 0 && drand48() * 1e6 < setting.loss_ppm) return 0;
	int header = (data[0] & 15) * 4;
	if (data[9] == IPPROTO_UDP) return !setting.udp_blocked;
	if (data[9] != IPPROTO_TCP) return 1;
	if (setting.tcp_blocked || length < header + 4) return 0;
	const unsigned char *ports = data + header;
	return !blocked_port(ports[0] << 8 | ports[1]) && !blocked_port(ports[2] << 8 | ports[3]);
}

static void take_in(struct way *way)
{
	for (int i = 0; i < MAX_BATCH; i++) {
		struct packet *packet = &way->queue[way->tail % QUEUE];
		unsigned char dropped[MAX_PACKET];
		int full = way->tail - way->head >= QUEUE;
		int length = read(way->in, full ? dropped : packet->data, MAX_PACKET);
		if (length <= 0) return;
		if (full || !passes(packet->data, length)) continue;
		uint64_t now = now_us(), sent = now;
		if (setting.rate_bps > 0) {
			if (way->idle_at > now + BUFFER_US) continue;
			sent = (way->idle_at > now ? way->idle_at : now) + (uint64_t)length * 8000000 / setting.rate_bps;
			way->idle_at = sent;
		}
		packet->length = length;
		packet->due = sent + setting.delay_us;
		// A delay that shrinks must not let packets overtake each other.
		if (packet->due < way->last_due) packet->due = way->last_due;
		way->last_due = packet->due;
		way->tail++;
	}
}

// Forwards due packets; returns when the next one is due, or the largest number.
static uint64_t hand_out(struct way *way)
{
	while (way->head != way->tail) {
		struct packet *packet = &way->queue[way->head % QUEUE];
		if (packet->due > now_us()) return packet->due;
		// A device that is down or full loses the packet, as any other would.
		if (write(way->out, packet->data, packet->length) < 0 && errno == EBADF) fail("write");
		way->head++;
	}
	return UINT64_MAX;
}

static void forget(struct way *way)
{
	way->head = way->tail;
	way->last_due = way->idle_at = 0;
}

static void take_setting(const char *line, struct way *ways)
{
	struct setting next = { 0 };
	int used = 0;
	if (sscanf(line, "%lu %lu %lu %d %d %d%n", &next.delay_us, &next.loss_ppm, &next.rate_bps, &next.cut,
	           &next.udp_blocked, &next.tcp_blocked, &used) != 6) {
		fprintf(stderr, "not a setting: %s", line);
		exit(2);
	}
	for (const char *rest = line + used; next.ports < MAX_PORTS; rest += used)
		if (sscanf(rest, "%u%n", &next.port[next.ports], &used) == 1) next.ports++;
		else break;
	setting = next;
	// Packets in transit when the line is cut never arrive.
	if (setting.cut) for (int i = 0; i < 2; i++) forget(&ways[i]);
	puts("ok");
	fflush(stdout);
}

int main(int count, char **names)
{
	if (count != 5) return 2;
	int a = open_device(names[1], names[2]), b = open_device(names[3], names[4]);
	struct way ways[2] = { { .in = a, .out = b }, { .in = b, .out = a } };
	for (int i = 0; i < 2; i++) if (!(ways[i].queue = malloc(QUEUE * sizeof(struct packet)))) fail("malloc");
	// Other processes must not add to the delay; without this permission the delay varies a little.
	sched_setscheduler(0, SCHED_RR, &(struct sched_param){ .sched_priority = 1 });
	prctl(PR_SET_TIMERSLACK, 1);
	srand48(1);
	for (;;) {
		uint64_t next = hand_out(&ways[0]), other = hand_out(&ways[1]), now = now_us();
		if (other < next) next = other;
		uint64_t wait = next == UINT64_MAX ? 1000000 : next > now ? next - now : 0;
		struct timespec timeout = { wait / 1000000, wait % 1000000 * 1000 };
		struct pollfd ready[3] = { { a, POLLIN, 0 }, { b, POLLIN, 0 }, { 0, POLLIN, 0 } };
		if (ppoll(ready, 3, &timeout, NULL) < 0 && errno != EINTR) fail("ppoll");
		for (int i = 0; i < 2; i++) if (ready[i].revents & POLLIN) take_in(&ways[i]);
		if (ready[2].revents) {
			char line[512];
			int length = read(0, line, sizeof line - 1);
			if (length <= 0) return 0;
			line[length] = 0;
			take_setting(line, ways);
		}
	}
}
