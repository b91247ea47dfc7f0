package io.traffical.pipeline.doctor;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.ReaderGrants;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.Schema.OtherSchemaException;
import io.traffical.pipeline.jdbc.Schema.UnusableException;
import io.traffical.pipeline.jdbc.SqlFailure;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.jdbc.TargetCheck;
import io.traffical.pipeline.jdbc.Trouble;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Checks of the schema that the program owns: rights, owners, and what is in it. */
final class SchemaChecks {
  private final Findings findings;
  private final String name;
  private final List<String> readers;

  SchemaChecks(Findings findings, Definitions definitions) {
    this.findings = findings;
    this.name = definitions.schema();
    this.readers = definitions.pipeline().readers();
  }

  void examine(Connection connection) {
    findings.attempt("schema", name, () -> examineRights(connection));
    if (!readers.isEmpty()) {
      findings.attempt("readers", name, () -> examineReaders(connection));
    }
  }

  private void examineRights(Connection connection) throws SQLException {
    Tables tables = new Tables(name);
    TargetCheck check = TargetCheck.of(connection, tables);
    if (!check.troubles().isEmpty()) {
      check.troubles().forEach(trouble -> findings.fail("schema", name, trouble));
      return;
    }
    findings.ok(
        "schema",
        name,
        check.schemaOwner() == null
            ? "is not there yet; the role may create it"
            : "owner %s; the role has USAGE and CREATE".formatted(check.schemaOwner()));
    if (check.hasTables()) {
      examineTables(connection, tables, check);
    }
  }

  private void examineReaders(Connection connection) throws SQLException {
    Tables tables = new Tables(name);
    ReaderGrants grants = new ReaderGrants(connection, tables);
    try {
      grants.checkRoles(readers);
      if (TargetCheck.of(connection, tables).schemaOwner() != null) {
        grants.checkSchema(readers);
      }
      findings.ok("readers", name, String.join(", ", readers) + " can be let in");
    } catch (UnusableException e) {
      findings.fail("readers", name, e.trouble());
    }
  }

  private void examineTables(Connection connection, Tables tables, TargetCheck check)
      throws SQLException {
    try {
      new Schema(tables).requireVersion(connection);
    } catch (OtherSchemaException e) {
      String[] parts = e.getMessage().split("; ", 2);
      findings.fail("tables", name, new Trouble(SqlFailure.CONFIG, null, parts[0], parts[1]));
      return;
    }
    List<Trouble> misfits = check.misfits(connection);
    misfits.forEach(misfit -> findings.fail("tables", name, misfit));
    if (misfits.isEmpty()) {
      findings.ok("tables", name, "as this version of the program makes them");
    }
  }
}
