package io.traffical.pipeline.fault;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between the program and its database and counts steps: whatever a client sends before it
 * waits for an answer is one. At one of them, a fault strikes; everything else passes.
 */
final class FaultProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger steps = new AtomicInteger();
  private volatile int at;
  private volatile Strike strike;
  private volatile boolean hasStruck;

  /** What happens instead of a step. */
  interface Strike {
    /**
     * Strikes; the client's bytes have not been passed on.
     *
     * @return whether the connection goes on
     */
    boolean at(Socket client, Socket server, byte[] sent) throws IOException;
  }

  /** Listens on a free port and forwards to the given one. */
  FaultProxy(int target) {
    this.target = target;
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  /** Ends the connection; the step does not reach the server. */
  static boolean cutBefore(Socket client, Socket server, byte[] sent) {
    return false;
  }

  /** Ends the connection after the step has reached the server; the client sees no answer. */
  static boolean cutAfter(Socket client, Socket server, byte[] sent) throws IOException {
    client.shutdownOutput();
    server.getOutputStream().write(sent);
    server.getOutputStream().flush();
    return false;
  }

  /** Answers with an error that does not pass, and ends the connection. */
  static boolean refuse(Socket client, Socket server, byte[] sent) throws IOException {
    ByteArrayOutputStream fields = new ByteArrayOutputStream();
    for (String field : new String[] {"SFATAL", "VFATAL", "CXX000", "Mfault"}) {
      fields.write(field.getBytes(StandardCharsets.US_ASCII));
      fields.write(0);
    }
    fields.write(0);
    DataOutputStream answer = new DataOutputStream(client.getOutputStream());
    answer.writeByte('E');
    answer.writeInt(4 + fields.size());
    fields.writeTo(answer);
    answer.flush();
    return false;
  }

  /** Returns the port to connect to. */
  int port() {
    return listener.getLocalPort();
  }

  /** Counts from 0 again, and strikes at the given step, counted from 1; at 0, never. */
  void arm(int step, Strike what) {
    strike = what;
    hasStruck = false;
    at = step;
    steps.set(0);
  }

  /** Lets everything pass from now on. */
  void disarm() {
    at = 0;
  }

  /** Returns how many steps there were since the proxy was armed. */
  int steps() {
    return steps.get();
  }

  /** Returns whether the fault has struck since the proxy was armed. */
  boolean hasStruck() {
    return hasStruck;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        client.setTcpNoDelay(true);
        open.add(client);
        start(() -> serve(client));
      } catch (IOException e) {
        // The proxy was closed: nobody connects any more.
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
      server.setTcpNoDelay(true);
      open.add(server);
      start(() -> answer(server, client));
      byte[] buffer = new byte[65_536];
      InputStream in = client.getInputStream();
      OutputStream out = server.getOutputStream();
      int count;
      while ((count = in.read(buffer)) >= 0) {
        byte[] sent = java.util.Arrays.copyOf(buffer, count);
        if (steps.incrementAndGet() == at) {
          hasStruck = true;
          if (!strike.at(client, server, sent)) {
            return;
          }
        }
        out.write(sent);
        out.flush();
      }
    } catch (IOException e) {
      // One side has ended, or the server is down; closing both, which happens now, tells the
      // other.
      return;
    } finally {
      open.remove(client);
    }
  }

  private void answer(Socket server, Socket client) {
    try (server;
        client) {
      server.getInputStream().transferTo(client.getOutputStream());
    } catch (IOException e) {
      // As above.
      return;
    } finally {
      open.remove(server);
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "fault proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
