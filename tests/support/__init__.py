"""What tests share: people with phones, processes, real files and worked examples."""
