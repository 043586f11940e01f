// Classes of every sample of a shard of features, by two threads that take turns at the samples.
//
//   c++ -std=c++17 -pthread classify.cpp $(pkg-config --cflags --libs mistedge) -o classify
//   ./classify BUNDLE SHARD
#include <mist_edge_file.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static void check(mist_edge_status status, const mist_edge_error &error, const std::string &path) {
  if (status != MIST_EDGE_OK) throw std::runtime_error("error[" + std::string(error.code) + "]: " + path + ": " + error.sentence + ".");
}

// A file in memory.
class Contents : public mist_edge_file {
 public:
  explicit Contents(const char *path) {
    mist_edge_error error;
    check(mist_edge_read(path, this, &error), error, path);
  }
  Contents(const Contents &) = delete;
  ~Contents() { std::free(bytes); }
};

// A bundle and the memory to run it.
class Edge {
 public:
  explicit Edge(const char *path) {
    mist_edge_error error;
    check(mist_edge_open_path(path, MIST_EDGE_PREDICT, &opened, &error), error, path);
    mist_edge_describe(opened.edge, &about);
  }
  Edge(const Edge &) = delete;
  ~Edge() { mist_edge_close(&opened); }

  std::size_t attach(const Contents &shard) {
    mist_edge_shard samples;
    mist_edge_error error;
    check(mist_edge_attach(opened.edge, shard.bytes, shard.size, &samples, &error), error, "the shard");
    return samples.samples;
  }

  std::string classify(std::size_t sample) {
    std::vector<float> probabilities(about.classes);
    mist_edge_error error;
    check(mist_edge_predict_sample(opened.edge, sample, probabilities.data(), nullptr, &error), error, "sample " + std::to_string(sample));
    const auto best = std::max_element(probabilities.begin(), probabilities.end());
    const mist_edge_text label = mist_edge_label(opened.edge, static_cast<std::uint32_t>(best - probabilities.begin()));
    char probability[16];
    std::snprintf(probability, sizeof probability, "%.6f", *best);
    return std::string(label.bytes, label.size) + "\t" + probability;
  }

 private:
  mist_edge_opened opened{};
  mist_edge_description about{};
};

int main(int count, char **words) try {
  if (count != 3) {
    std::cerr << "usage: classify BUNDLE SHARD\n";
    return 64;
  }
  const Contents shard(words[2]);
  Edge edges[2] = {Edge(words[1]), Edge(words[1])};
  edges[0].attach(shard);
  std::vector<std::string> lines(edges[1].attach(shard));
  const auto work = [&](std::size_t turn) {
    for (std::size_t index = turn; index < lines.size(); index += 2) lines[index] = edges[turn].classify(index);
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  for (std::size_t index = 0; index < lines.size(); index++) std::cout << index << "\t" << lines[index] << "\n";
  return 0;
} catch (const std::exception &error) {
  std::cerr << error.what() << "\n";
  return 65;
}
