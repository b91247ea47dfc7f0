package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.ConnectionOptions;
import io.traffical.pipeline.definition.ConnectionOptions.Target;
import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import io.traffical.pipeline.definition.TlsSettings;
import io.traffical.pipeline.definition.TlsSettings.ChannelBinding;
import io.traffical.pipeline.sql.Wording;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What stands behind the {@code ?} of a connection string, under libpq's names. */
final class ConnectionParameters {
  private static final Pattern PARAMETER = Pattern.compile("([A-Za-z_][A-Za-z0-9_]{0,39})=(.*)");
  private static final Pattern ENDPOINT = Pattern.compile("endpoint=([A-Za-z0-9-]{1,100})");
  private static final Pattern SECONDS = Pattern.compile("[1-9]|[1-5][0-9]|60");
  private static final List<String> NAMES =
      List.of(
          "sslmode",
          "sslrootcert",
          "sslcert",
          "sslkey",
          "channel_binding",
          "application_name",
          "connect_timeout",
          "target_session_attrs",
          "options");
  private static final Map<String, Target> TARGETS =
      Map.of(
          "any", Target.ANY,
          "read-write", Target.READ_WRITE,
          "read-only", Target.READ_ONLY,
          "primary", Target.PRIMARY,
          "standby", Target.STANDBY,
          "prefer-standby", Target.PREFER_STANDBY);
  private static final Map<String, ChannelBinding> BINDINGS =
      Map.of(
          "disable", ChannelBinding.DISABLE,
          "prefer", ChannelBinding.PREFER,
          "require", ChannelBinding.REQUIRE);

  private final Map<String, String> values = new LinkedHashMap<>();

  private ConnectionParameters() {}

  /** Takes the text apart; null stands for none. */
  static ConnectionParameters parse(String query) throws RefusedException {
    ConnectionParameters parameters = new ConnectionParameters();
    for (String part : query == null ? new String[0] : query.split("&", -1)) {
      Matcher parameter = PARAMETER.matcher(part);
      if (!parameter.matches()) {
        throw new RefusedException(
            "has something after ? that is not name=value",
            "write ?sslmode=require; " + ConnectionString.ENCODE);
      }
      String name = parameter.group(1);
      if (!NAMES.contains(name)) {
        throw new RefusedException(
            "has the parameter " + name + ", which is not supported",
            "remove it; supported are " + Wording.list(NAMES, "and"));
      }
      if (parameters.values.put(name, PercentCode.decoded(parameter.group(2))) != null) {
        throw new RefusedException("has " + name + " twice", "keep one");
      }
    }
    return parameters;
  }

  TlsSettings tls(TlsFiles files) throws RefusedException {
    return TlsFiles.settings(
        sslMode(),
        path("sslrootcert", files::rootCert),
        path("sslcert", files::certificate),
        path("sslkey", files::key),
        choice("channel_binding", BINDINGS, List.of("disable", "prefer", "require"), null));
  }

  /** Checks the file that a parameter names. */
  private interface Check {
    String path(String name) throws RefusedException;
  }

  private String path(String name, Check check) throws RefusedException {
    if (!values.containsKey(name)) {
      return null;
    }
    try {
      return check.path(values.get(name));
    } catch (RefusedException e) {
      throw new RefusedException("has an " + name + " that " + e.getMessage(), e.remedy());
    }
  }

  private SslMode sslMode() throws RefusedException {
    String word = values.get("sslmode");
    if (word == null) {
      return null;
    }
    SslMode mode = TlsFiles.MODES.get(word);
    if (mode == null) {
      boolean isWeak = word.equals("allow") || word.equals("prefer");
      throw new RefusedException(
          isWeak
              ? "has sslmode=" + word + ", which may go on without TLS"
              : "has an sslmode that is not supported",
          "use sslmode=require, verify-ca, verify-full or disable");
    }
    return mode;
  }

  ConnectionOptions options() throws RefusedException {
    return new ConnectionOptions(
        applicationName(),
        connectTimeout(),
        choice(
            "target_session_attrs",
            TARGETS,
            List.of("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
            Target.ANY),
        endpoint());
  }

  private String applicationName() throws RefusedException {
    String name = values.get("application_name");
    if (name == null) {
      return ConnectionOptions.NONE.applicationName();
    }
    if (name.isEmpty() || name.length() > 63 || !name.chars().allMatch(c -> c >= 32 && c < 127)) {
      throw new RefusedException(
          "has an application_name that is not 1 to 63 ASCII characters", "shorten it");
    }
    return name;
  }

  private Duration connectTimeout() throws RefusedException {
    String seconds = values.get("connect_timeout");
    if (seconds == null) {
      return null;
    }
    if (!SECONDS.matcher(seconds).matches()) {
      throw new RefusedException(
          "has a connect_timeout that is not 1 to 60 seconds", "write connect_timeout=10");
    }
    return Duration.ofSeconds(Integer.parseInt(seconds));
  }

  private String endpoint() throws RefusedException {
    String options = values.get("options");
    if (options == null) {
      return null;
    }
    Matcher endpoint = ENDPOINT.matcher(options);
    if (!endpoint.matches()) {
      throw new RefusedException(
          "has options other than endpoint=NAME, and poolers refuse those",
          "remove options; the program sets what it needs in each transaction");
    }
    return endpoint.group(1);
  }

  private <T> T choice(String name, Map<String, T> choices, List<String> words, T fallback)
      throws RefusedException {
    String word = values.get(name);
    if (word == null) {
      return fallback;
    }
    T choice = choices.get(word);
    if (choice == null) {
      throw new RefusedException(
          "has a " + name + " that is not supported", "use " + Wording.list(words, "or"));
    }
    return choice;
  }
}
