package io.traffical.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.traffical.pipeline.definition.ConnectionOptions;
import io.traffical.pipeline.definition.ConnectionOptions.Target;
import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.ConnectionSettings.Server;
import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import io.traffical.pipeline.definition.TlsSettings;
import io.traffical.pipeline.definition.TlsSettings.ChannelBinding;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionStringTest {
  private static final TlsFiles FILES = new TlsFiles(Path.of("traffical.yaml"));

  @Test
  void decodesEveryPart() throws RefusedException {
    ConnectionSettings settings =
        ConnectionString.parse(
            "postgresql://us%65r:p%40ss%2F%3A%3F%23%25+%C3%A9@db.internal:6543/sh%6Fp?sslmode=disable",
            FILES);

    assertThat(settings.username()).isEqualTo("user");
    assertThat(settings.password().reveal()).isEqualTo("p@ss/:?#%+é");
    assertThat(settings.place()).isEqualTo("db.internal:6543/shop");
    assertThat(settings.sslMode()).isEqualTo(SslMode.DISABLE);
  }

  @Test
  void fillsInDefaults() throws RefusedException {
    ConnectionSettings settings = ConnectionString.parse("postgres://user@db/shop", FILES);

    assertThat(settings.place()).isEqualTo("db:5432/shop");
    assertThat(settings.password().reveal()).isEmpty();
    assertThat(settings.sslMode()).isEqualTo(SslMode.REQUIRE);
  }

  @Test
  void a6_readsWhatManagedServicesPrint() throws RefusedException {
    ConnectionSettings settings =
        ConnectionString.parse(
            "postgresql://u:p%40ss%2F%3A%3F%23%25@h/db?sslmode=require&channel_binding=require"
                + "&options=endpoint%3Dx-1&application_name=a%20b&connect_timeout=10"
                + "&target_session_attrs=read-write",
            FILES);

    assertThat(settings.password().reveal()).isEqualTo("p@ss/:?#%");
    assertThat(settings.servers()).containsExactly(new Server("h", 5432));
    assertThat(settings.tls())
        .isEqualTo(new TlsSettings(SslMode.REQUIRE, null, null, ChannelBinding.REQUIRE));
    assertThat(settings.options())
        .isEqualTo(new ConnectionOptions("a b", Duration.ofSeconds(10), Target.READ_WRITE, "x-1"));
    assertThat(settings.toString()).doesNotContain("p@ss");
  }

  @Test
  void a7_readsSeveralHosts() throws RefusedException {
    ConnectionSettings settings =
        ConnectionString.parse("postgres://u@one,[2001:db8::2]:6432,10.0.0.3:1/d", FILES);

    assertThat(settings.place()).isEqualTo("one:5432,[2001:db8::2]:6432,10.0.0.3:1/d");
  }

  @ParameterizedTest
  @CsvSource({
    "sslmode=verify-full, VERIFY_FULL",
    "sslmode=verify-full&sslrootcert=system, VERIFY_FULL",
    "sslrootcert=system, VERIFY_FULL",
    "sslmode=require, REQUIRE",
    "sslmode=disable, DISABLE",
  })
  void a4_readsTheModesOfTls(String query, SslMode mode) throws RefusedException {
    TlsSettings tls = ConnectionString.parse("postgres://u@h/d?" + query, FILES).tls();

    assertThat(tls).isEqualTo(TlsSettings.of(mode));
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres://u:p@[::1]:5432/d", "postgres://u:p@[::1]/d"})
  void a7_acceptsIpv6(String text) throws RefusedException {
    assertThat(ConnectionString.parse(text, FILES).servers())
        .containsExactly(new Server("::1", 5432));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mysql://u:s3cret@h/d|does not start with postgresql:// or postgres://",
        "jdbc:postgresql://u:s3cret@h/d|does not start with postgresql:// or postgres://",
        "host=h password=s3cret|does not start with postgresql:// or postgres://",
        "postgres://u:s3cret@h|names no database",
        "postgres://u:s3cret@h/|names no database",
        "postgres://u:s3cret@h?sslmode=require|names no database",
        "postgres://h/d|names no user",
        "postgres://:s3cret@h/d|names no user",
        "postgres://u:s3cret@/d|names no host",
        "postgres://u:s3cret@:5432/d|names no host",
        "postgres://u:s3cret@%2Fvar%2Frun/d|names a Unix socket as host",
        "postgres://u:s3cret@h1,/d|names no host",
        "postgres://u:s3cret@h1%2Ch2/d|names several hosts",
        "postgres://u:s3cret@h1:1,h2:0/d|has a port outside 1 to 65535",
        "postgres://u:s3cret@h:0/d|has a port outside 1 to 65535",
        "postgres://u:s3cret@h:65536/d|has a port outside 1 to 65535",
        "postgres://u:s3cret@h:999999999999/d|has a port outside 1 to 65535",
        "postgres://u:s3cret@h:x/d|has a host or port that cannot be read",
        "postgres://u:s3cret@::1/d|has a host or port that cannot be read",
        "postgres://u:s3cret@[x]/d|has a host that is not one host name or IP address",
        "postgres://u:s3cret@h%20h/d|has a host that is not one host name or IP address",
        "postgres://u:s3cret%@h/d|has a % that is not followed by a byte",
        "postgres://u:s3cret%zz@h/d|has a % that is not followed by a byte",
        "postgres://u:s3cret%00@h/d|has a % that is not followed by a byte",
        "postgres://u:s3cret%ff@h/d|has percent-encoded bytes that are not UTF-8",
        "postgres://u:a@s3cret@h/d|has an @ after the one before the host",
        "postgres://u:1/s3cret?s3cret=1@h/d|has an @ after the one before the host",
        "postgres://u:1?s3cret=s3cret@h/d|has an @ after the one before the host",
        "postgres://u:s3cret@h/d?|has something after ? that is not name=value",
        "postgres://u:s3cret@h/d?ssl|has something after ? that is not name=value",
        "postgres://u:s3cret@h/d?sslmode=allow|has sslmode=allow, which may go on without TLS",
        "postgres://u:s3cret@h/d?sslmode=prefer|has sslmode=prefer, which may go on without TLS",
        "postgres://u:s3cret@h/d?sslmode=s3cret|has an sslmode that is not supported",
        "postgres://u:s3cret@h/d?sslmode=|has an sslmode that is not supported",
        "postgres://u:s3cret@h/d?sslmode=require&sslmode=disable|has sslmode twice",
        "postgres://u:s3cret@h/d?sslmode=verify-ca|asks for verify-ca without a CA to verify",
        "postgres://u:s3cret@h/d?sslmode=require&sslrootcert=system|trusts every public CA"
            + " (sslRootCert system), but does not verify the host name",
        "postgres://u:s3cret@h/d?sslmode=disable&channel_binding=require|asks for TLS with"
            + " certificates or channel binding, and for sslMode disable",
        "postgres://u:s3cret@h/d?sslrootcert=s3cret.pem|has an sslrootcert that names a file that"
            + " does not exist",
        "postgres://u:s3cret@h/d?sslcert=src|has an sslcert that names a directory",
        "postgres://u:s3cret@h/d?sslcert=pom.xml|has an sslcert that names a file that is not"
            + " readable as PEM certificates",
        "postgres://u:s3cret@h/d?sslkey=pom.xml|has an sslkey that names a file without a PKCS#8 key"
            + " in PEM (BEGIN PRIVATE KEY)",
        "postgres://u:s3cret@h/d?channel_binding=s3cret|has a channel_binding that is not supported",
        "postgres://u:s3cret@h/d?target_session_attrs=s3cret|has a target_session_attrs that is not"
            + " supported",
        "postgres://u:s3cret@h/d?connect_timeout=0|has a connect_timeout that is not 1 to 60 seconds",
        "postgres://u:s3cret@h/d?connect_timeout=61|has a connect_timeout that is not 1 to 60"
            + " seconds",
        "postgres://u:s3cret@h/d?application_name=|has an application_name that is not 1 to 63 ASCII"
            + " characters",
        "postgres://u:s3cret@h/d?options=-c%20search_path%3Ds3cret|has options other than"
            + " endpoint=NAME, and poolers refuse those",
        "postgres://u:s3cret@h/d?options=s3cret|has options other than endpoint=NAME, and poolers"
            + " refuse those",
        "postgres://u:s3cret@h/d?password=s3cret|has the parameter password, which is not supported",
        "postgres://u:s3cret@h/d?pgbouncer=true|has the parameter pgbouncer, which is not supported",
        "postgres://u:s3cret@h/d?host=%2Ftmp|has the parameter host, which is not supported",
      })
  void h5_refusesWhatItCannotHonourWithoutASecret(String text, String message) {
    assertThatThrownBy(() -> ConnectionString.parse(text, FILES))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> {
              assertThat(e).hasMessage(message);
              assertThat(e.getMessage() + e.remedy()).doesNotContain("s3cret");
            });
  }
}
