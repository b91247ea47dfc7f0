package io.traffical.pipeline.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.net.SocketTimeoutException;
import java.security.cert.CertPathBuilderException;
import java.sql.SQLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlFailureTest {

  @ParameterizedTest
  @CsvSource({
    "08001, x, UNAVAILABLE, true",
    "08003, x, UNAVAILABLE, true",
    "08006, x, UNAVAILABLE, true",
    "08004, x, CONFIG, false",
    "08004, The server requested SCRAM-based authentication but no password was provided, PERMISSION, false",
    "08P01, query_wait_timeout, UNAVAILABLE, true",
    "08P01, no more connections allowed (max_client_conn), UNAVAILABLE, true",
    "08P01, server login has been failing, UNAVAILABLE, true",
    "08P01, unsupported startup parameter: options, CONFIG, false",
    "08P01, no such database: x, CONFIG, false",
    "40001, canceling statement due to conflict with recovery, UNAVAILABLE, true",
    "40P01, x, UNAVAILABLE, true",
    "55P03, x, UNAVAILABLE, true",
    "57P01, x, UNAVAILABLE, true",
    "57P02, x, UNAVAILABLE, true",
    "57P03, x, UNAVAILABLE, true",
    "57P05, x, UNAVAILABLE, true",
    "53300, x, UNAVAILABLE, true",
    "53200, x, UNAVAILABLE, true",
    "53100, x, UNAVAILABLE, false",
    "57014, x, DEFINITION, false",
    "25P03, x, INTERNAL, false",
    "57P04, x, PERMISSION, false",
    "3D000, x, PERMISSION, false",
    "28000, x, PERMISSION, false",
    "28P01, x, PERMISSION, false",
    "42501, x, PERMISSION, false",
    "25006, x, DEFINITION, false",
    "25001, x, DEFINITION, false",
    "0A000, cached plan must not change result type, UNAVAILABLE, true",
    "0A000, x, DEFINITION, false",
    "42601, x, DEFINITION, false",
    "42P01, x, DEFINITION, false",
    "22007, x, DEFINITION, false",
    "22P02, x, DEFINITION, false",
    "P0001, x, DEFINITION, false",
    "22003, x, DATA, false",
    "22021, x, DATA, false",
    "54000, x, DATA, false",
    "23502, x, DATA, false",
    "21000, x, DATA, false",
    "42P05, x, INTERNAL, false",
    "26000, x, INTERNAL, false",
    "23505, x, INTERNAL, false",
    "XX000, tuple concurrently updated, UNAVAILABLE, true",
    "XX000, x, INTERNAL, false",
    "XX001, x, INTERNAL, false",
    "55000, x, INTERNAL, false",
    ", x, INTERNAL, false",
  })
  void everyStateHasAClassAndIsTriedAgainOrNot(
      String state, String message, SqlFailure expected, boolean isTransient) {
    SQLException failure = new SQLException(message, state);

    assertThat(SqlFailure.of(failure)).isEqualTo(expected);
    assertThat(SqlFailure.isTransient(failure)).isEqualTo(isTransient);
  }

  @Test
  void aCertificateThatIsNotAcceptedIsNoPassingTrouble() {
    Exception refused = new SSLHandshakeException("PKIX path building failed");
    refused.initCause(new CertPathBuilderException("unable to find valid certification path"));

    assertIs(SqlFailure.CONFIG, new SQLException("SSL error: x", "08006", refused));
    assertIs(
        SqlFailure.CONFIG,
        new SQLException("x PgjdbcHostnameVerifier.", "08006", (Throwable) null));
    assertIs(
        SqlFailure.CONFIG,
        new SQLException("no root certificate", "08006", new FileNotFoundException("ca.crt")));
  }

  @Test
  void aHandshakeThatIsCutMayPass() {
    Exception cut = new SSLHandshakeException("Remote host terminated the handshake");
    cut.initCause(new EOFException("SSL peer shut down incorrectly"));

    assertIs(SqlFailure.UNAVAILABLE, new SQLException("SSL error: x", "08006", cut));
    assertIs(
        SqlFailure.UNAVAILABLE,
        new SQLException("SSL error: x", "08006", new SocketTimeoutException("Read timed out")));
  }

  private static void assertIs(SqlFailure expected, SQLException failure) {
    assertThat(SqlFailure.of(failure)).isEqualTo(expected);
    assertThat(SqlFailure.isTransient(failure)).isEqualTo(expected == SqlFailure.UNAVAILABLE);
  }
}
