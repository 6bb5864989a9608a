// A replica that fails when it is first asked for something.

#include <arpa/inet.h>
#include <cstdlib>
#include <map>
#include <string>
#include <sys/socket.h>

int main(int, char **arguments) {
    int server = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(atoi(arguments[1]));
    std::string hello = R"({"src": ")" + std::string(arguments[2]) + R"(", "dst": "FFFF", "leader": "FFFF", "type": "hello"})";
    sendto(server, hello.data(), hello.size(), 0, reinterpret_cast<sockaddr *>(&address), sizeof address);
    char buffer[65536];
    recv(server, buffer, sizeof buffer, 0);
    return std::map<std::string, int>{}.at(buffer);
}
