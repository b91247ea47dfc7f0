package io.traffical.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionStringTest {

  @Test
  void decodesEveryPart() throws RefusedException {
    ConnectionSettings settings =
        ConnectionString.parse(
            "postgresql://us%65r:p%40ss%2F%3A%3F%23%25+%C3%A9@db.internal:6543/sh%6Fp?sslmode=disable");

    assertThat(settings.username()).isEqualTo("user");
    assertThat(settings.password().reveal()).isEqualTo("p@ss/:?#%+é");
    assertThat(settings.place()).isEqualTo("db.internal:6543/shop");
    assertThat(settings.sslMode()).isEqualTo(SslMode.DISABLE);
  }

  @Test
  void fillsInDefaults() throws RefusedException {
    ConnectionSettings settings = ConnectionString.parse("postgres://user@db/shop");

    assertThat(settings.port()).isEqualTo(5432);
    assertThat(settings.password().reveal()).isEmpty();
    assertThat(settings.sslMode()).isEqualTo(SslMode.REQUIRE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres://u:p@[::1]:5432/d", "postgres://u:p@[::1]/d"})
  void acceptsIpv6(String text) throws RefusedException {
    assertThat(ConnectionString.parse(text).host()).isEqualTo("::1");
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
        "postgres://u:s3cret@h1,h2/d|names several hosts",
        "postgres://u:s3cret@h1:1,h2:2/d|names several hosts",
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
        "postgres://u:s3cret@h/d?sslmode=verify-full|has an sslmode that is not supported",
        "postgres://u:s3cret@h/d?sslmode=prefer|has an sslmode that is not supported",
        "postgres://u:s3cret@h/d?sslmode=|has an sslmode that is not supported",
        "postgres://u:s3cret@h/d?sslmode=require&sslmode=disable|has sslmode twice",
        "postgres://u:s3cret@h/d?sslmode=require&channel_binding=s3cret|has the parameter"
            + " channel_binding, which is not supported",
        "postgres://u:s3cret@h/d?options=s3cret|has the parameter options, which is not supported",
      })
  void refusesWhatItCannotHonourWithoutASecret(String text, String message) {
    assertThatThrownBy(() -> ConnectionString.parse(text))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> {
              assertThat(e).hasMessage(message);
              assertThat(e.getMessage() + e.remedy()).doesNotContain("s3cret");
            });
  }
}
