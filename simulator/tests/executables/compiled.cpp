// A replica without a fault in C++: one thread receives, one answers, one tells the time.
#include <arpa/inet.h>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <sys/socket.h>
#include <thread>

static const std::string primary = "0000";
static std::string me;
static int connection;
static std::mutex lock;
static std::condition_variable arrived;
static std::deque<std::string> requests;

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
        arrived.wait_for(guard, std::chrono::milliseconds(500), [] { return !requests.empty(); });
        if (requests.empty()) continue;
        std::string request = requests.front();
        requests.pop_front();
        guard.unlock();
        std::string mid = "\"MID\": \"" + field(request, "MID") + "\", \"type\": ";
        std::string key = field(request, "key"), more = mid + "\"ok\"";
        if (me != primary) more = mid + "\"redirect\"";
        else if (field(request, "type") == "put") store[key] = field(request, "value");
        else more += ", \"value\": \"" + store[key] + "\"";
        transmit(field(request, "src"), more);
    }
}

// Randomness as C and C++ read it from files.
static unsigned drawn() {
    unsigned one = 0, other = 0;
    std::ifstream("/dev/urandom", std::ios::binary).read(reinterpret_cast<char *>(&one), sizeof one);
    if (std::FILE *file = std::fopen("/dev/urandom", "rb")) {
        if (std::fread(&other, sizeof other, 1, file) != 1) other = 0;
        std::fclose(file);
    }
    return one ^ other;
}

static void beat() {
    std::random_device random;
    while (true) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100 + random() % 200));
        auto now = std::chrono::system_clock::now().time_since_epoch().count();
        transmit("FFFF", "\"type\": \"beat\", \"at\": " + std::to_string(now) +
                             ", \"luck\": " + std::to_string(drawn()));
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
    std::thread(beat).detach();
    char buffer[65536];
    while (true) {
        ssize_t length = recv(connection, buffer, sizeof buffer, 0);
        std::string text(buffer, length > 0 ? length : 0);
        if (field(text, "type") == "get" || field(text, "type") == "put") {
            std::lock_guard<std::mutex> guard(lock);
            requests.push_back(text);
            arrived.notify_one();
        }
    }
}
