// A replica without a fault in C++, whose first thread spins until the second one has answered.
#include <arpa/inet.h>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <thread>

static const std::string primary = "0000";
static std::string me;
static int connection;
static std::mutex lock;
static std::condition_variable arrived;
static std::string request;
static std::atomic<bool> is_answered{true};

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

static void answer() {
    std::map<std::string, std::string> store;
    while (true) {
        std::unique_lock<std::mutex> guard(lock);
        arrived.wait(guard, [] { return !request.empty(); });
        std::string mid = "\"MID\": \"" + field(request, "MID") + "\", \"type\": ";
        std::string key = field(request, "key"), more = mid + "\"ok\"";
        if (me != primary) more = mid + "\"redirect\"";
        else if (field(request, "type") == "put") store[key] = field(request, "value");
        else more += ", \"value\": \"" + store[key] + "\"";
        transmit(field(request, "src"), more);
        request.clear();
        is_answered = true;
    }
}

int main(int, char **arguments) {
    me = arguments[2];
    connection = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::stoi(arguments[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(connection, reinterpret_cast<sockaddr *>(&address), sizeof address);
    transmit("FFFF", "\"type\": \"hello\"");
    std::thread(answer).detach();
    char buffer[65536];
    while (true) {
        ssize_t length = recv(connection, buffer, sizeof buffer, 0);
        std::string text(buffer, length > 0 ? length : 0);
        if (field(text, "type") != "get" && field(text, "type") != "put") continue;
        is_answered = false;
        {
            std::lock_guard<std::mutex> guard(lock);
            request = text;
        }
        arrived.notify_one();
        while (!is_answered) {}
    }
}
