package io.traffical.pipeline.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.model.UnitBlock;
import io.traffical.pipeline.model.UnitBlockWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BucketStoreTest {
  private static final int LAST = UnitBlockWriter.BUCKETS - 1;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(longs = {0, 100, 5_000, 1 << 20})
  void returnsEveryBlockOfABucketAndKindOnceWhateverTheBudget(long budget) throws IOException {
    try (BucketStore store = new BucketStore(directory.toFile(), budget)) {
      for (int i = 0; i < 1000; i++) {
        store.add(block(i % 3 == 0 ? LAST : i % 3, i % 2 == 0, "block " + i));
      }

      for (int bucket : new int[] {0, 1, 2, LAST}) {
        for (boolean isOfFacts : new boolean[] {false, true}) {
          List<String> expected = new ArrayList<>();
          for (int i = 0; i < 1000; i++) {
            if ((i % 3 == 0 ? LAST : i % 3) == bucket && (i % 2 == 0) == isOfFacts) {
              expected.add("block " + i);
            }
          }
          assertThat(texts(store, bucket, isOfFacts)).isEqualTo(expected);
          assertThat(texts(store, bucket, isOfFacts)).as("once more").isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void usesAFileOnlyBeyondItsBudgetAndLeavesNoneBehind() throws IOException {
    try (BucketStore store = new BucketStore(directory.toFile(), 10)) {
      store.add(block(0, true, "1234567890"));
      assertThat(store.bytesOnDisk()).isZero();
      store.add(block(0, true, "1"));
      assertThat(store.bytesOnDisk()).isEqualTo(4 + 10 + 4 + 1);
      store.add(block(0, true, "in memory again"));
      assertThat(texts(store, 0, true)).containsExactly("1234567890", "1", "in memory again");
    }
    assertThat(files()).isZero();
  }

  @Test
  void knowsTheSizeOfABucketAndForgetsWhatItHadInMemory() throws IOException {
    try (BucketStore store = new BucketStore(directory.toFile(), 1 << 20)) {
      store.add(block(7, true, "12345"));
      store.add(block(7, false, "123"));
      store.add(block(8, false, "1"));
      assertThat(store.bytes(7)).isEqualTo(8);

      store.forget(7);
      assertThat(texts(store, 7, true)).isEmpty();
      assertThat(texts(store, 7, false)).isEmpty();
      assertThat(texts(store, 8, false)).containsExactly("1");
    }
  }

  private long files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.count();
    }
  }

  private static UnitBlock block(int bucket, boolean isOfFacts, String text) {
    return new UnitBlock(bucket, isOfFacts, text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<String> texts(BucketStore store, int bucket, boolean isOfFacts)
      throws IOException {
    List<String> texts = new ArrayList<>();
    store.read(
        bucket,
        isOfFacts,
        block -> {
          assertThat(block.bucket()).isEqualTo(bucket);
          assertThat(block.isOfFacts()).isEqualTo(isOfFacts);
          texts.add(new String(block.rows(), StandardCharsets.UTF_8));
        });
    return texts;
  }
}
