package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.Certificates;
import io.traffical.pipeline.testing.PgBouncer;
import io.traffical.pipeline.testing.TestDatabase;
import io.traffical.pipeline.testing.TlsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says of what stands between the program and its database. */
class DoctorServersIT {
  private static final String DEFINITIONS =
      """
      entities:
        user: { keyType: userId }
      assignments:
        exposures:
          entity: user
          sql: >
            SELECT 'u'::text AS user_id, t AS assigned_at, 'p'::text AS policy_key,
              'a'::text AS allocation_key
            FROM generate_series('{{start_date}}'::timestamptz, '{{end_date}}', '1 h') t
      facts:
        things:
          entity: user
          sql: >
            SELECT 'u'::text AS user_id, t AS event_time
            FROM generate_series('{{start_date}}'::timestamptz, '{{end_date}}', '1 h') t
      metrics:
        happened: { fact: things, aggregation: count }
      policies:
        p:
          entity: user
          allocations: { a: 0.5, b: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
      """;

  @TempDir private static Path directory;

  private static Invocation doctor(String connection) throws IOException {
    Path file = directory.resolve("traffical.yaml");
    Files.writeString(file, "version: \"1.0\"\nconnection: { " + connection + " }\n" + DEFINITIONS);
    return Invocation.of("doctor", "-c", file.toString());
  }

  @Test
  void saysWhatTlsVerifies() throws IOException {
    Certificates clients = Certificates.authority(directory, "clients");
    Certificates.authority(directory, "others");
    try (TlsServer server =
        new TlsServer(Certificates.authority(directory, "ca"), clients.root())) {
      String place =
          "host: localhost, port: %d, database: postgres, username: postgres, sslMode: "
              .formatted(server.port());

      Invocation required = doctor(place + "require");
      assertThat(required.exitCode()).as(required.out()).isZero();
      assertThat(required.out())
          .containsPattern(
              "  warn  tls         TLSv1\\.3, TLS_\\w+; sslMode require does not verify who the"
                  + " server is\n                    → write sslMode: verify-full, with sslRootCert");
      assertThat(doctor(place + "verify-full, sslRootCert: ca.crt").out())
          .containsPattern("  ok    tls         TLSv1\\.3, TLS_\\w+; sslMode verify-full\n");
      Invocation wrong = doctor(place + "verify-full, sslRootCert: others.crt");
      assertThat(wrong.out())
          .containsPattern("  ok    reach  localhost:\\d+ answers")
          .contains(
              "  fail  login  CONFIG [08006]: ",
              "→ name the CA that signed the server's certificate with sslRootCert");
      assertThat(wrong.exitCode()).isEqualTo(1);
    }
  }

  @Test
  void aServerWithoutTlsIsNotLoggedInTo() throws IOException {
    try (TestDatabase plain = TestDatabase.create()) {
      Invocation refused =
          doctor(
              "host: localhost, port: %d, database: %s, username: postgres"
                  .formatted(plain.port(), plain.name()));

      assertThat(refused.out())
          .contains("  fail  login  CONFIG [08004]: The server does not support SSL.");
      assertThat(refused.exitCode()).isEqualTo(1);
    }
  }

  @Test
  void seesAPooler() throws IOException {
    try (TestDatabase database = TestDatabase.create();
        PgBouncer pooler = new PgBouncer(database.port())) {
      Invocation through =
          doctor(
              "host: localhost, port: %d, database: %s, username: postgres, sslMode: disable"
                  .formatted(pooler.port(), database.name()));

      assertThat(through.out())
          .contains(
              "  ok    pooler      there is one; it may be in transaction mode, no session state is"
                  + " used\n");
      assertThat(through.exitCode()).as(through.out()).isZero();
    }
  }

  @Test
  void oneOfSeveralServersThatAnswersIsEnough() throws IOException {
    try (TestDatabase database = TestDatabase.create()) {
      Invocation several =
          doctor(
              "connectionString: \"postgresql://postgres@no-such-host.invalid:1,localhost:%d/%s?sslmode=disable\""
                  .formatted(database.port(), database.name()));

      assertThat(several.out())
          .contains("  ok    reach       localhost:%d answers".formatted(database.port()));
      assertThat(several.exitCode()).as(several.out()).isZero();
    }
  }
}
