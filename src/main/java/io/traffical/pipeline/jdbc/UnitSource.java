package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.sql.Wording;
import io.traffical.pipeline.window.DefinitionRef.Kind;
import io.traffical.pipeline.window.RunPlan;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;

/** Reads everything that the source has of one unit. */
public final class UnitSource {
  private final RunPlan plan;
  private final Definitions definitions;
  private final Connection connection;

  /**
   * Reads on a connection to the source.
   *
   * @param plan of one policy; each of its reads is done at once
   */
  public UnitSource(RunPlan plan, Definitions definitions, Connection connection) {
    this.plan = plan;
    this.definitions = definitions;
    this.connection = connection;
  }

  /** Takes the rows of a unit; a row that a run would not use comes as a rejection. */
  public interface Visitor {
    /** The unit was seen in an allocation of the plan's policy. */
    void exposure(int read, long time, String allocation, String dimensions);

    /** A user of the unit, which is a cluster of users, was exposed in the plan's policy. */
    void userExposure(int read, long time, FactValues values);

    /**
     * A fact.
     *
     * @param columns its values by their columns; NaN stands for what is no finite number
     */
    void fact(int read, int entity, long time, FactValues values, Map<String, Object> columns);

    /**
     * A row that no run uses.
     *
     * @param time null if there is no finite one
     */
    void rejected(int read, Long time, String reason);
  }

  /** A definition cannot be read; the message says why. */
  public static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /** No unit can have such a key; the message says why. */
  public static final class KeyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KeyException(String message) {
      super(message);
    }
  }

  /**
   * Returns the unit's key as a run has it, which for numbers and UUIDs is not always how it was
   * written.
   *
   * @throws KeyException if no definition of the policy's assignments can have such a key
   */
  public String key(String written) throws SQLException {
    if (written.isEmpty() || written.indexOf('\0') >= 0) {
      throw new KeyException("a unit's key is not empty and has no NUL");
    }
    String problem = null;
    for (int r = 0; r < plan.reads().size(); r++) {
      if (plan.reads().get(r).definition().kind() == Kind.ASSIGNMENT) {
        UnitRows rows = new UnitRows(plan, definitions, r);
        String type = keyType(rows);
        String key = cast(written, type);
        if (key != null) {
          return key;
        }
        problem =
            "%s is no key: column %s of %s is of type %s"
                .formatted(
                    Wording.quoted(written),
                    Wording.quoted(rows.keyColumn()),
                    plan.reads().get(r).definition(),
                    type);
      }
    }
    throw new KeyException(problem);
  }

  /**
   * Hands out the unit's rows: exposures first, of each definition in the order of their times.
   *
   * @param key as {@link #key} returns it
   */
  public void read(String key, Visitor visitor) throws SQLException, IOException {
    for (Kind kind : Kind.values()) {
      for (int r = 0; r < plan.reads().size(); r++) {
        if (plan.reads().get(r).definition().kind() == kind) {
          read(new UnitRows(plan, definitions, r), key, visitor);
        }
      }
    }
  }

  private void read(UnitRows rows, String key, Visitor visitor) throws SQLException, IOException {
    try {
      rows.read(connection, key, visitor);
    } catch (SQLException e) {
      throw refused(rows, e);
    }
  }

  private String keyType(UnitRows rows) throws SQLException {
    try (GuardedReads reads =
        new GuardedReads(connection, definitions.pipeline().statementTimeout())) {
      return rows.keyType(rows.describe(reads));
    } catch (SQLException e) {
      throw refused(rows, e);
    }
  }

  private static RefusedException refused(UnitRows rows, SQLException e) throws SQLException {
    if (SqlFailure.isTransient(e)) {
      throw e;
    }
    return new RefusedException(rows.definition() + ": " + SqlFailure.describe(e));
  }

  /** Returns the text of a value of the type; null if the type has no such value. */
  private String cast(String key, String type) throws SQLException {
    String sql = "SELECT CAST(CAST(? AS text) AS pg_catalog." + type + ")::text";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, key);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    } catch (SQLException e) {
      if (String.valueOf(e.getSQLState()).startsWith("22")) {
        return null;
      }
      throw e;
    }
  }
}
