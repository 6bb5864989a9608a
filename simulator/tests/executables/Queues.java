import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The same as queues.py: one thread receives and answers `get`, another one stores what was `put`. */
public class Queues {
    private static final String PRIMARY = "0000";
    private static final Map<String, String> STORE = new ConcurrentHashMap<>();
    private static final LinkedBlockingQueue<String> PUTS = new LinkedBlockingQueue<>();
    private static final boolean EARLY = Files.exists(Path.of("mistake"));
    private static DatagramSocket socket;
    private static int port;
    private static String me;

    private static void send(String type, String to, String more) throws Exception {
        String head = "{\"src\":\"" + me + "\",\"dst\":\"" + to + "\",\"leader\":\"" + PRIMARY + "\"";
        byte[] bytes = (head + ",\"type\":\"" + type + "\"" + more + "}").getBytes(StandardCharsets.UTF_8);
        socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.getByName("localhost"), port));
    }

    private static String field(String text, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\": ?\"([^\"]*)\"").matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }

    private static void answer(String request, String type, String more) throws Exception {
        send(type, field(request, "src"), ",\"MID\":\"" + field(request, "MID") + "\"" + more);
    }

    private static void work() {
        try {
            while (true) {
                String request = PUTS.take();
                STORE.put(field(request, "key"), field(request, "value"));
                if (!EARLY) {
                    answer(request, "ok", "");
                }
            }
        } catch (Exception broken) {
            throw new IllegalStateException(broken);
        }
    }

    private static void take(String request) throws Exception {
        String type = field(request, "type");
        if (!type.equals("get") && !type.equals("put")) {
            return;
        }
        if (!me.equals(PRIMARY)) {
            answer(request, "redirect", "");
        } else if (type.equals("get")) {
            answer(request, "ok", ",\"value\":\"" + STORE.getOrDefault(field(request, "key"), "") + "\"");
        } else {
            PUTS.add(request);
            if (EARLY) {
                answer(request, "ok", "");
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        port = Integer.parseInt(arguments[0]);
        me = arguments[1];
        socket = new DatagramSocket();
        send("hello", "FFFF", "");
        Thread worker = new Thread(Queues::work);
        worker.setDaemon(true);
        worker.start();
        byte[] buffer = new byte[65536];
        while (true) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            socket.receive(packet);
            take(new String(buffer, 0, packet.getLength(), StandardCharsets.UTF_8));
        }
    }
}
