package io.traffical.pipeline.doctor;

import io.traffical.pipeline.doctor.Finding.Status;
import io.traffical.pipeline.jdbc.SqlFailure;
import io.traffical.pipeline.jdbc.Trouble;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Collects what checks find; a check that breaks down is a finding, too. */
final class Findings {
  private final List<Finding> all = new ArrayList<>();

  /** A check that asks a database. */
  interface Check {
    void run() throws SQLException;
  }

  /** Runs a check; whatever happens in it, the next one can be run. */
  void attempt(String check, String subject, Check work) {
    try {
      work.run();
    } catch (SQLException e) {
      fail(
          check,
          subject,
          new Trouble(
              SqlFailure.of(e),
              e.getSQLState(),
              SqlFailure.message(e),
              "the check could not be made; mend what the message says and run doctor again"));
    }
  }

  void ok(String check, String subject, String message) {
    all.add(new Finding(check, subject, Status.OK, message, null, null));
  }

  void warn(String check, String subject, String message, String remedy) {
    all.add(new Finding(check, subject, Status.WARN, message, remedy, null));
  }

  void fail(String check, String subject, Trouble trouble) {
    String message =
        trouble.sqlState() == null ? trouble.message() : trouble.label() + ": " + trouble.message();
    all.add(new Finding(check, subject, Status.FAIL, message, trouble.remedy(), trouble.failure()));
  }

  List<Finding> all() {
    return all;
  }
}
