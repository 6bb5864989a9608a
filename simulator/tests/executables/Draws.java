import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A replica without a fault that first prints what generators draw as people seed them. */
public class Draws {
    private static final String PRIMARY = "0000";
    private static final Map<String, String> STORE = new HashMap<>();
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

    private static void answer(String text) throws Exception {
        String type = field(text, "type"), from = field(text, "src"), key = field(text, "key");
        String mid = ",\"MID\":\"" + field(text, "MID") + "\"";
        if (!type.equals("get") && !type.equals("put")) {
            return;
        }
        if (!me.equals(PRIMARY)) {
            send("redirect", from, mid);
        } else if (type.equals("put")) {
            STORE.put(key, field(text, "value"));
            send("ok", from, mid);
        } else {
            send("ok", from, mid + ",\"value\":\"" + STORE.getOrDefault(key, "") + "\"");
        }
    }

    private static void print(String name, Object draw) {
        System.out.println("draw " + name + " " + draw);
    }

    public static void main(String[] arguments) throws Exception {
        Random random = new Random();
        print("Random", random.nextLong());
        print("Random(currentTimeMillis)", new Random(System.currentTimeMillis()).nextLong());
        print("Random(nanoTime)", new Random(System.nanoTime()).nextLong());
        print("Math.random", Math.random());
        print("ThreadLocalRandom", ThreadLocalRandom.current().nextLong());
        print("SecureRandom", new SecureRandom().nextLong());
        print("UUID", UUID.randomUUID());
        port = Integer.parseInt(arguments[0]);
        me = arguments[1];
        socket = new DatagramSocket();
        send("hello", "FFFF", "");
        byte[] buffer = new byte[65536];
        while (true) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            socket.setSoTimeout(100 + random.nextInt(200));
            try {
                socket.receive(packet);
                answer(new String(buffer, 0, packet.getLength(), StandardCharsets.UTF_8));
            } catch (SocketTimeoutException late) {
                send("beat", "FFFF", ",\"at\":" + System.currentTimeMillis());
            }
        }
    }
}
