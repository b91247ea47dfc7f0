package io.traffical.pipeline.testing;

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
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Stands between a client and a server on localhost and breaks connections when told to: never,
 * after so many bytes from the server, within an answer, when the client says something, or before
 * they begin. It can be slow as well.
 */
public final class TcpProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cuts = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong bytesLeft = new AtomicLong();
  private final Throttle throttle = new Throttle();
  private volatile int target;
  private volatile Mode mode = Mode.PASS;
  private volatile TextCut text;
  private volatile boolean isOnce;

  private volatile Pattern counted;
  private volatile Link answering;
  private volatile boolean isHole;

  private enum Mode {
    PASS,
    REFUSE,
    CUT_AFTER_BYTES,
    CUT_ON_PATTERN,
    COUNT_ANSWER,
    END_WITHIN_ANSWER
  }

  /** Listens on a free port and forwards to the given one. */
  public TcpProxy(int target) {
    this.target = target;
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  /** Returns the port to connect to. */
  public int port() {
    return listener.getLocalPort();
  }

  /** Forwards new connections to another port from now on, and ends those that are open. */
  public void retarget(int port) {
    target = port;
    open.forEach(TcpProxy::end);
  }

  /** Returns how many connections were cut. */
  public int cuts() {
    return cuts.get();
  }

  /** Returns how many connections were made to this proxy. */
  public int connections() {
    return connections.get();
  }

  /** Lets so many bytes a second pass on each connection from the server; 0 for all there are. */
  public void slowTo(int bytesPerSecond) {
    throttle.set(bytesPerSecond);
  }

  /** Lets everything pass from now on. */
  public void pass() {
    mode = Mode.PASS;
  }

  /** Ends new connections at once, and all there are. */
  public void refuse() {
    mode = Mode.REFUSE;
    open.forEach(TcpProxy::end);
  }

  /** Cuts one connection after so many bytes from the server in all, then lets pass. */
  public void cutOnceAfter(long bytes) {
    bytesLeft.set(bytes);
    isOnce = true;
    mode = Mode.CUT_AFTER_BYTES;
  }

  /** Counts the bytes with which the server answers the first matching statement. */
  public void countAnswer(Pattern statement) {
    within(statement, 0, false, Mode.COUNT_ANSWER);
  }

  /** Returns how many bytes the answer had that was counted. */
  public long counted() {
    return bytesLeft.get();
  }

  /** Cuts one connection after so many bytes of the answer to a matching statement. */
  public void cutOnceWithinAnswer(Pattern statement, long bytes) {
    within(statement, bytes, false, Mode.END_WITHIN_ANSWER);
  }

  /** Lets one connection go silent within an answer: nothing arrives any more, nor does its end. */
  public void swallowOnceWithinAnswer(Pattern statement, long bytes) {
    within(statement, bytes, true, Mode.END_WITHIN_ANSWER);
  }

  private void within(Pattern statement, long bytes, boolean hole, Mode wanted) {
    counted = statement;
    answering = null;
    isHole = hole;
    isOnce = true;
    bytesLeft.set(bytes);
    mode = wanted;
  }

  /** Cuts every connection on which the client sends the text, before it reaches the server. */
  public void cutWhenever(String said) {
    cutOn(new TextCut(said, false, null), false);
  }

  /** Cuts one connection on which the client sends the text, before it reaches the server. */
  public void cutOnceBefore(String said) {
    cutOn(new TextCut(said, false, null), true);
  }

  /**
   * Waits until the client has sent the first text; then cuts the connection that sends the second
   * one, after that has reached the server and before its answer is back.
   */
  public void cutOnceAfter(String first, String second) {
    cutOn(new TextCut(second, true, first), true);
  }

  private void cutOn(TextCut wanted, boolean once) {
    text = wanted;
    isOnce = once;
    mode = Mode.CUT_ON_PATTERN;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        connections.incrementAndGet();
        if (mode == Mode.REFUSE) {
          end(client);
        } else {
          connect(client);
        }
      } catch (IOException e) {
        // The test has closed the proxy, or the server is gone: there is nothing to forward.
      }
    }
  }

  private void connect(Socket client) throws IOException {
    Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
    open.add(client);
    open.add(server);
    Link link = new Link();
    start(() -> forward(client, server, true, link));
    start(() -> forward(server, client, false, link));
  }

  private void forward(Socket from, Socket to, boolean isFromClient, Link link) {
    byte[] buffer = new byte[16_384];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      int count;
      while ((count = in.read(buffer)) >= 0) {
        count = isFromClient ? asked(buffer, count, link) : answered(count, out, buffer, link);
        if (count < 0) {
          return;
        }
        if (isFromClient ? cutsOnPattern(buffer, count, out, from) : cutsAfterBytes(count)) {
          return;
        }
        if (isFromClient) {
          out.write(buffer, 0, count);
          out.flush();
        } else {
          throttle.write(out, buffer, count);
        }
      }
    } catch (IOException e) {
      // Either side has ended; closing both, which happens now, tells the other.
      return;
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  /** Notes whose statement is to be answered; an answer ends where the client says more. */
  private int asked(byte[] buffer, int count, Link link) {
    noteStatement(buffer, count, link);
    return link.isSwallowed() ? swallowed(link) : count;
  }

  /** One connection at a time, so that none forgets whose statement another has just noted. */
  private synchronized void noteStatement(byte[] buffer, int count, Link link) {
    boolean isWaiting = mode == Mode.COUNT_ANSWER || mode == Mode.END_WITHIN_ANSWER;
    if (isWaiting && answering == link) {
      mode = Mode.PASS;
    } else if (isWaiting && answering == null) {
      String sent = new String(buffer, 0, count, StandardCharsets.ISO_8859_1);
      if (counted.matcher(sent).find()) {
        answering = link;
      }
    }
  }

  /** Returns how many of the bytes go on to the client; less than 0 when the connection ends. */
  private int answered(int count, OutputStream out, byte[] buffer, Link link) throws IOException {
    if (link.isSwallowed()) {
      return swallowed(link);
    }
    if (answering != link || mode == Mode.PASS) {
      return count;
    }
    if (mode == Mode.COUNT_ANSWER) {
      bytesLeft.addAndGet(count);
      return count;
    }
    long left = bytesLeft.getAndAdd(-count);
    if (mode != Mode.END_WITHIN_ANSWER || left >= count) {
      return count;
    }
    out.write(buffer, 0, (int) left);
    out.flush();
    cut();
    if (isHole) {
      link.swallow();
      return swallowed(link);
    }
    return -1;
  }

  private static int swallowed(Link link) {
    link.await();
    return -1;
  }

  private boolean cutsAfterBytes(int count) {
    if (mode != Mode.CUT_AFTER_BYTES || bytesLeft.addAndGet(-count) >= 0) {
      return false;
    }
    return cut();
  }

  private boolean cutsOnPattern(byte[] buffer, int count, OutputStream out, Socket client)
      throws IOException {
    if (mode != Mode.CUT_ON_PATTERN || !text.isIn(buffer, count)) {
      return false;
    }
    if (text.isForwarded()) {
      // The answer must not reach the client, so its way back ends first.
      client.shutdownOutput();
      out.write(buffer, 0, count);
      out.flush();
    }
    return cut();
  }

  private synchronized boolean cut() {
    if (mode == Mode.PASS) {
      return false;
    }
    cuts.incrementAndGet();
    if (isOnce) {
      mode = Mode.PASS;
    }
    return true;
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private static void end(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    open.forEach(TcpProxy::end);
  }
}
