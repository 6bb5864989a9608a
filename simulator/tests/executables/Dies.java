import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;

/** A replica that fails when it is first asked for something, deep in its own calls. */
public class Dies {
    private static void descend(int depth) {
        if (depth > 0) {
            descend(depth - 1);
        }
        throw new IllegalStateException("there is no way to serve this");
    }

    public static void main(String[] arguments) throws Exception {
        DatagramSocket socket = new DatagramSocket();
        String hello = "{\"src\":\"" + arguments[1] + "\",\"dst\":\"FFFF\",\"leader\":\"FFFF\",\"type\":\"hello\"}";
        InetAddress localhost = InetAddress.getByName("localhost");
        socket.send(new DatagramPacket(hello.getBytes(), hello.length(), localhost, Integer.parseInt(arguments[0])));
        socket.receive(new DatagramPacket(new byte[65536], 65536));
        try {
            descend(12);
        } catch (IllegalStateException failure) {
            throw new RuntimeException("the request failed", failure);
        }
    }
}
