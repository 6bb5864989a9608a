// The same as queues.py: one thread receives and answers `get`, another one stores what was `put`.
#include <arpa/inet.h>
#include <condition_variable>
#include <deque>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <thread>

static const std::string primary = "0000";
static std::string me;
static bool early;
static int connection;
static std::mutex queue_lock, store_lock;
static std::condition_variable arrived;
static std::deque<std::string> waiting;
static std::map<std::string, std::string> store;

static void transmit(const std::string &to, const std::string &more) {
    std::string text = "{\"src\": \"" + me + "\", \"dst\": \"" + to + "\", \"leader\": \"" + primary +
                       "\", " + more + "}";
    send(connection, text.data(), text.size(), 0);
}

// A field that is a text without escapes.
static std::string field(const std::string &text, const std::string &name) {
    auto at = text.find("\"" + name + "\"");
    if (at == std::string::npos) return "";
    auto start = text.find('"', at + name.size() + 2) + 1;
    return text.substr(start, text.find('"', start) - start);
}

static void answer(const std::string &request, const std::string &type, const std::string &more) {
    std::string mid = "\"MID\": \"" + field(request, "MID") + "\"";
    transmit(field(request, "src"), mid + ", \"type\": \"" + type + "\"" + more);
}

static void work() {
    while (true) {
        std::unique_lock<std::mutex> guard(queue_lock);
        arrived.wait(guard, [] { return !waiting.empty(); });
        std::string request = waiting.front();
        waiting.pop_front();
        guard.unlock();
        {
            std::lock_guard<std::mutex> holds(store_lock);
            store[field(request, "key")] = field(request, "value");
        }
        if (!early) answer(request, "ok", "");
    }
}

static void take(const std::string &request) {
    std::string type = field(request, "type");
    if (type != "get" && type != "put") return;
    if (me != primary) return answer(request, "redirect", "");
    if (type == "get") {
        std::lock_guard<std::mutex> holds(store_lock);
        return answer(request, "ok", ", \"value\": \"" + store[field(request, "key")] + "\"");
    }
    {
        std::lock_guard<std::mutex> guard(queue_lock);
        waiting.push_back(request);
    }
    arrived.notify_one();
    if (early) answer(request, "ok", "");
}

int main(int, char **arguments) {
    me = arguments[2];
    early = std::ifstream("mistake").good();
    connection = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::stoi(arguments[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(connection, reinterpret_cast<sockaddr *>(&address), sizeof address);
    transmit("FFFF", "\"type\": \"hello\"");
    std::thread(work).detach();
    char buffer[65536];
    while (true) {
        ssize_t length = recv(connection, buffer, sizeof buffer, 0);
        take(std::string(buffer, length > 0 ? length : 0));
    }
}
