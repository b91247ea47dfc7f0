package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import io.traffical.pipeline.definition.Secret;
import io.traffical.pipeline.sql.Wording;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@code connection} and {@code source}: fields, or a connection string. */
final class ConnectionReader {
  static final int DEFAULT_PORT = 5432;

  private static final String STRING = "connectionString";
  private static final List<String> FIELDS =
      List.of("host", "port", "database", "username", "password", "sslMode");
  private static final Pattern PASSWORD_IN_STRING = Pattern.compile("://[^/:@]*:(.+)@");
  private static final Format<String> HOST = scalar -> HostName.parse(scalar.value());

  private final Section section;
  private final ConnectionSettings base;

  private ConnectionReader(Section section, ConnectionSettings base) {
    this.section = section;
    this.base = base;
  }

  /** Returns the settings of the section; null after reporting why there are none. */
  static ConnectionSettings read(Section section) {
    return new ConnectionReader(section, null).settings();
  }

  /** Returns the settings of a section whose fields override those of another connection. */
  static ConnectionSettings override(Section section, ConnectionSettings base) {
    ConnectionSettings none = new ConnectionSettings(null, 0, null, null, null, SslMode.REQUIRE);
    return new ConnectionReader(section, base == null ? none : base).settings();
  }

  private ConnectionSettings settings() {
    section.allow("host", "port", "database", "username", "password", "sslMode", STRING);
    boolean hasString = section.has(STRING);
    List<String> fields = FIELDS.stream().filter(section::has).toList();
    if (hasString && !fields.isEmpty()) {
      section.error(
          STRING,
          section.title() + " has both connectionString and " + Wording.list(fields, "and"),
          "keep the connection string or the fields");
    }
    ConnectionSettings settings = hasString ? fromString() : fromFields();
    if (settings != null && (hasString || section.has("host") || section.has("sslMode"))) {
      warnOfPlainText(settings);
    }
    return settings;
  }

  private ConnectionSettings fromString() {
    return section.value(STRING, this::connectionString, null);
  }

  private ConnectionSettings connectionString(Scalar scalar) throws RefusedException {
    Matcher password = PASSWORD_IN_STRING.matcher(scalar.node().getValue());
    if (password.find() && !password.group(1).contains("${")) {
      warnOfPassword(STRING);
    }
    return ConnectionString.parse(scalar.value());
  }

  private Secret password(Scalar scalar) throws RefusedException {
    if (!scalar.isSubstituted() && !scalar.value().isEmpty()) {
      warnOfPassword("password");
    }
    if (scalar.value().indexOf('\0') >= 0) {
      throw new RefusedException("has a NUL character", "remove it");
    }
    return Secret.of(scalar.value());
  }

  private ConnectionSettings fromFields() {
    return new ConnectionSettings(
        field("host", HOST, base == null ? null : base.host(), "add host: localhost"),
        section.value("port", ConnectionReader::port, base == null ? DEFAULT_PORT : base.port()),
        field(
            "database",
            ConnectionReader::name,
            base == null ? null : base.database(),
            "add database: NAME"),
        field(
            "username",
            ConnectionReader::name,
            base == null ? null : base.username(),
            "add username: ROLE"),
        section.value("password", this::password, base == null ? Secret.of("") : base.password()),
        section.value(
            "sslMode",
            Format.choice(SslMode.class),
            base == null ? SslMode.REQUIRE : base.sslMode()));
  }

  private <T> T field(String key, Format<T> format, T inherited, String remedy) {
    return base == null
        ? section.required(key, format, remedy)
        : section.value(key, format, inherited);
  }

  private static String name(Scalar scalar) throws RefusedException {
    if (scalar.value().isEmpty() || scalar.value().indexOf('\0') >= 0) {
      throw new RefusedException("is empty or has a NUL character", "write a name");
    }
    return scalar.value();
  }

  private static int port(Scalar scalar) throws RefusedException {
    int port = Format.WHOLE_NUMBER.parse(scalar);
    if (port < 1 || port > 65535) {
      throw new RefusedException("must be 1 to 65535, found " + scalar.shown(), "correct it");
    }
    return port;
  }

  private void warnOfPassword(String key) {
    section
        .problems()
        .warning(
            section.line(key),
            section.label(key) + " has the password in the file",
            "prefer ${NAME}, which takes it from the environment");
  }

  private void warnOfPlainText(ConnectionSettings settings) {
    boolean isLocal = settings.host() == null || HostName.isLoopback(settings.host());
    if (settings.sslMode() == SslMode.DISABLE && !isLocal) {
      String key = section.has(STRING) ? STRING : "sslMode";
      section
          .problems()
          .warning(
              section.line(key),
              section.title() + " sends the password and all data without TLS to another machine",
              "use sslMode: require");
    }
  }
}
