package io.traffical.pipeline.doctor;

import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.window.DefinitionRef;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Examines everything that a run needs, and goes on as far as it can. */
public final class Doctor {
  private final Definitions definitions;
  private final Findings findings = new Findings();

  private Doctor(Definitions definitions) {
    this.definitions = definitions;
  }

  /** Returns what was found, in the order of the checks. Writes nothing anywhere. */
  public static List<Finding> examine(Definitions definitions) {
    Doctor doctor = new Doctor(definitions);
    doctor.examine();
    return doctor.findings.all();
  }

  private void examine() {
    boolean isOne = definitions.source().equals(definitions.connection());
    examine(
        "connection",
        definitions.connection(),
        connection -> {
          new SchemaChecks(findings, definitions).examine(connection);
          if (isOne) {
            examineDefinitions(connection);
          }
        });
    if (!isOne) {
      examine("source", definitions.source(), this::examineDefinitions);
    }
  }

  private interface Work {
    void with(Connection connection);
  }

  private void examine(String subject, ConnectionSettings settings, Work work) {
    ServerChecks server = new ServerChecks(findings, subject, settings, definitions);
    try (Connection connection = server.connect()) {
      if (connection != null) {
        server.examine(connection);
        work.with(connection);
      }
    } catch (SQLException e) {
      findings.attempt(
          "login",
          subject,
          () -> {
            throw e;
          });
    }
  }

  private void examineDefinitions(Connection connection) {
    DefinitionChecks checks = new DefinitionChecks(findings, definitions, connection);
    DefinitionRef.all(definitions).forEach(checks::examine);
  }
}
