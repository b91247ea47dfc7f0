package io.traffical.pipeline.config;

import java.util.Locale;
import java.util.regex.Pattern;

/** What may stand for a host. */
final class HostName {
  private static final Pattern IPV6 =
      Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final Pattern NAME = Pattern.compile("[^\\s:/@,\\[\\]\\p{Cntrl}]{1,253}");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|::1|0:0:0:0:0:0:0:1");

  private HostName() {}

  /** Returns the host; an IPv6 address without its brackets. Messages do not quote it. */
  static String parse(String text) throws RefusedException {
    boolean hasBrackets = text.startsWith("[") && text.endsWith("]") && text.length() > 2;
    String host = hasBrackets ? text.substring(1, text.length() - 1) : text;
    if (host.isEmpty()) {
      throw new RefusedException("names no host", "write the host, such as localhost");
    }
    if (host.startsWith("/")) {
      throw new RefusedException("names a Unix socket as host", "use a host name or IP address");
    }
    if (host.contains(",")) {
      throw new RefusedException(
          "names several hosts", "use a connectionString: postgresql://user@h1:5432,h2:5432/db");
    }
    boolean isAddress = IPV6.matcher(host).matches();
    if (hasBrackets ? !isAddress : !isAddress && !NAME.matcher(host).matches()) {
      throw new RefusedException(
          "has a host that is not one host name or IP address", "write the host alone");
    }
    return host;
  }

  static boolean isLoopback(String host) {
    return LOOPBACK.matcher(host.toLowerCase(Locale.ROOT)).matches();
  }
}
