package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.ConnectionOptions;
import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.ConnectionSettings.Server;
import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import io.traffical.pipeline.definition.Secret;
import io.traffical.pipeline.definition.TlsSettings;
import io.traffical.pipeline.sql.Wording;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads {@code connection} and {@code source}: fields, or a connection string. */
final class ConnectionReader {
  static final int DEFAULT_PORT = 5432;

  private static final String STRING = "connectionString";
  private static final List<String> FIELDS =
      List.of(
          "host",
          "port",
          "database",
          "username",
          "password",
          "sslMode",
          "sslRootCert",
          "sslCert",
          "sslKey");
  private static final List<String> KEYS =
      Stream.concat(FIELDS.stream(), Stream.of(STRING)).toList();
  private static final Pattern PASSWORD_IN_STRING = Pattern.compile("://[^/:@]*:(.+)@");
  private static final Format<String> HOST = scalar -> HostName.parse(scalar.value());
  private static final ConnectionSettings NONE =
      new ConnectionSettings(
          List.of(), null, null, null, TlsSettings.of(SslMode.REQUIRE), ConnectionOptions.NONE);

  private final Section section;
  private final ConnectionSettings base;
  private final TlsFiles files;

  private ConnectionReader(Section section, ConnectionSettings base, Path definitions) {
    this.section = section;
    this.base = base;
    this.files = new TlsFiles(definitions);
  }

  /**
   * Returns the settings of the section; null after reporting why there are none.
   *
   * @param definitions the file, where the paths of certificates start
   */
  static ConnectionSettings read(Section section, Path definitions) {
    return new ConnectionReader(section, null, definitions).settings();
  }

  /** Returns the settings of a section whose fields override those of another connection. */
  static ConnectionSettings override(Section section, ConnectionSettings base, Path definitions) {
    return new ConnectionReader(section, base == null ? NONE : base, definitions).settings();
  }

  private ConnectionSettings settings() {
    section.allow(KEYS);
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
    return ConnectionString.parse(scalar.value(), files);
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
        servers(),
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
        new TlsReader(section, files, base == null ? null : base.tls()).read(),
        options());
  }

  private List<Server> servers() {
    List<Server> inherited = base == null ? List.of() : base.servers();
    Server first = inherited.isEmpty() ? new Server(null, DEFAULT_PORT) : inherited.get(0);
    String host = field("host", HOST, first.host(), "add host: localhost");
    int port = section.value("port", ConnectionReader::port, first.port());
    if (!section.has("host") && inherited.size() > 1) {
      if (section.has("port")) {
        section.error(
            "port",
            section.label("port") + " is for one of " + inherited.size() + " hosts",
            "give the host, too");
      }
      return inherited;
    }
    return List.of(new Server(host, port));
  }

  private ConnectionOptions options() {
    ConnectionOptions inherited = base == null ? ConnectionOptions.NONE : base.options();
    return section.has("host") ? inherited.ofAnotherServer() : inherited;
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
    boolean isLocal =
        settings.servers().stream()
            .allMatch(server -> server.host() == null || HostName.isLoopback(server.host()));
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
