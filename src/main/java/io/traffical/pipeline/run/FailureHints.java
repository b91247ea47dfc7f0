package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.jdbc.SqlFailure;
import java.sql.SQLException;

/** What to do about a failure of the database. */
final class FailureHints {
  private FailureHints() {}

  static String of(SqlFailure failure, SQLException e, ConnectionSettings settings, String schema) {
    return switch (failure) {
      case CONFIG -> config(e);
      case PERMISSION ->
          permission(e.getSQLState(), String.valueOf(e.getMessage()), settings, schema);
      case UNAVAILABLE -> unavailable(e.getSQLState());
      case DEFINITION, DATA ->
          "57014".equals(e.getSQLState())
              ? "raise pipeline.statementTimeout, or index the time columns"
              : "mend the definition, then run again";
      case INTERNAL -> "nothing was published; run again, and report this if it comes back";
    };
  }

  private static String config(SQLException e) {
    if (SqlFailure.isTlsRefusal(e)) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("certification path") || message.contains("PKIX")) {
        return "name the CA that signed the server's certificate with sslRootCert";
      }
      return message.contains("hostname")
          ? "connect by a name that is in the server's certificate; an IP address usually is not"
          : "check sslRootCert, the host's name, and sslCert and sslKey";
    }
    if ("25006".equals(e.getSQLState())) {
      return "results need a server that can be written to: name the primary under connection, a"
          + " replica under source";
    }
    return "08P01".equals(e.getSQLState())
        ? "check the pooler's configuration"
        : "check sslMode: require needs a server with TLS, disable is for local development";
  }

  private static String permission(
      String sqlState, String message, ConnectionSettings settings, String schema) {
    if ("42501".equals(sqlState)) {
      return "GRANT CREATE ON DATABASE %s TO %s, or GRANT USAGE, CREATE ON SCHEMA %s TO %s"
          .formatted(settings.database(), settings.username(), schema, settings.username());
    }
    if (message.contains("client certificate")) {
      return "give sslCert and sslKey, signed by a CA that the server trusts";
    }
    return switch (sqlState) {
      case "3D000" -> "check the database's name";
      case "08004" -> "give a password; is the environment variable set that the file names?";
      default -> "check user name and password, and the server's pg_hba.conf";
    };
  }

  private static String unavailable(String sqlState) {
    return switch (String.valueOf(sqlState)) {
      case "40001" ->
          "set hot_standby_feedback = on on the replica, or raise its max_standby_streaming_delay,"
              + " then run again";
      case "53300" -> "allow the role more connections, or lower pipeline.parallelism";
      case "53100" -> "free disk space on the server, then run again";
      case "08P01" -> "check the pooler's pool_size and timeouts, then run again";
      default -> "check that the server is up and reachable, then run again";
    };
  }
}
