package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import io.traffical.pipeline.definition.Secret;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code postgresql://user:password@host:port/database?sslmode=require} as libpq does: {@code
 * %XX} is decoded, {@code +} is a plus. What is not supported is refused, never ignored, and no
 * message quotes any part in which a password may be.
 */
final class ConnectionString {
  private static final Pattern SHAPE =
      Pattern.compile("postgres(?:ql)?://(?:([^@/?]*)@)?([^/?]*)(?:/([^?]*))?(?:\\?(.*))?");
  private static final Pattern ADDRESS = Pattern.compile("(\\[[^\\]]*\\]|[^:]*)(?::([0-9]*))?");
  private static final Pattern PARAMETER = Pattern.compile("([A-Za-z_][A-Za-z0-9_]{0,39})=(.*)");
  private static final String ENCODE = "write special characters of user and password as %XX";

  private ConnectionString() {}

  /** Returns what the text says; the port is 5432 and TLS is required unless it says otherwise. */
  static ConnectionSettings parse(String text) throws RefusedException {
    Matcher shape = SHAPE.matcher(text);
    if (!shape.matches()) {
      throw new RefusedException(
          "does not start with postgresql:// or postgres://",
          "write postgresql://user:password@host:5432/database");
    }
    int authorityEnd = shape.end(2);
    if (text.indexOf('@', Math.max(shape.start(2), 0)) >= 0) {
      throw new RefusedException("has an @ after the one before the host", ENCODE);
    }
    if (authorityEnd == text.length() || shape.group(3) == null || shape.group(3).isEmpty()) {
      throw new RefusedException("names no database", "add /database after the host");
    }
    String user = shape.group(1) == null ? "" : shape.group(1);
    int colon = user.indexOf(':');
    String name = decoded(colon < 0 ? user : user.substring(0, colon));
    if (name.isEmpty()) {
      throw new RefusedException("names no user", "write user:password@ before the host");
    }
    String password = colon < 0 ? "" : decoded(user.substring(colon + 1));
    Matcher address = address(shape.group(2));
    return new ConnectionSettings(
        HostName.parse(decoded(address.group(1))),
        port(address.group(2)),
        decoded(shape.group(3)),
        name,
        Secret.of(password),
        sslMode(shape.group(4)));
  }

  private static Matcher address(String authority) throws RefusedException {
    if (authority.contains(",")) {
      throw new RefusedException("names several hosts", "name one host");
    }
    Matcher address = ADDRESS.matcher(authority);
    if (!address.matches()) {
      throw new RefusedException(
          "has a host or port that cannot be read",
          "write host:port, an IPv6 address in [ ]; " + ENCODE);
    }
    return address;
  }

  private static int port(String digits) throws RefusedException {
    if (digits == null || digits.isEmpty()) {
      return ConnectionReader.DEFAULT_PORT;
    }
    int port = digits.length() > 5 ? 0 : Integer.parseInt(digits);
    if (port < 1 || port > 65535) {
      throw new RefusedException("has a port outside 1 to 65535", "correct the port");
    }
    return port;
  }

  private static SslMode sslMode(String query) throws RefusedException {
    SslMode mode = null;
    for (String part : query == null ? new String[0] : query.split("&", -1)) {
      Matcher parameter = PARAMETER.matcher(part);
      if (!parameter.matches()) {
        throw new RefusedException(
            "has something after ? that is not name=value", "write ?sslmode=require; " + ENCODE);
      }
      if (!parameter.group(1).equals("sslmode")) {
        throw new RefusedException(
            "has the parameter " + parameter.group(1) + ", which is not supported",
            "remove it; only sslmode is supported");
      }
      if (mode != null) {
        throw new RefusedException("has sslmode twice", "keep one");
      }
      mode =
          switch (parameter.group(2)) {
            case "require" -> SslMode.REQUIRE;
            case "disable" -> SslMode.DISABLE;
            default ->
                throw new RefusedException(
                    "has an sslmode that is not supported", "use sslmode=require or disable");
          };
    }
    return mode == null ? SslMode.REQUIRE : mode;
  }

  private static String decoded(String text) throws RefusedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < encoded.length; i++) {
      if (encoded[i] != '%') {
        bytes.write(encoded[i]);
        continue;
      }
      int high = i + 2 < encoded.length ? Character.digit(encoded[i + 1], 16) : -1;
      int low = i + 2 < encoded.length ? Character.digit(encoded[i + 2], 16) : -1;
      if (high < 0 || low < 0 || high + low == 0) {
        throw new RefusedException(
            "has a % that is not followed by a byte", "write % itself as %25");
      }
      bytes.write(high * 16 + low);
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new RefusedException(
          "has percent-encoded bytes that are not UTF-8", "encode characters as UTF-8");
    }
  }
}
